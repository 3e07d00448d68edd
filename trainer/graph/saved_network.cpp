#include "graph/saved_network.h"

#include <cmath>

#include "graph/model_file.h"
#include "schema/document.h"

namespace espalier::graph {
namespace {

constexpr int format = 1;
constexpr const char* key = "espalier";

std::vector<std::int32_t> whole_numbers(const Json& list) {
  std::vector<std::int32_t> numbers;
  if (!list.is_null())
    for (const auto& number : list.items()) numbers.push_back(static_cast<std::int32_t>(number.integer()));
  return numbers;
}

std::vector<std::int32_t> whole_numbers(std::span<const float> values) {
  std::vector<std::int32_t> numbers;
  for (const float value : values) {
    if (!(std::abs(value) <= 32768)) fail(concat("a zero point is ", value));
    numbers.push_back(static_cast<std::int32_t>(value));
  }
  return numbers;
}

void check_mask(const std::string& name, const Tensor& mask, const Tensor& weight) {
  if (mask.type != Type::uint8 || mask.shape != weight.shape)
    fail(concat("mask '", name, "' is not of its weight's shape"));
}

/// What indexes by these would otherwise trust.
void check_encoding(const Network& network, const std::string& name, const Encoding& e) {
  const auto weight = network.weights.find(name);
  const auto dimensions = weight == network.weights.end() ? 0 : static_cast<int>(weight->second.shape.size());
  if (dimensions == 0 && !network.find(name)) fail(concat("encoding '", name, "' is of no tensor"));
  if (e.axis >= dimensions || e.axis < -1) fail(concat("encoding '", name, "' has no axis ", e.axis));
  const auto slices = e.axis < 0 ? 1 : static_cast<std::size_t>(weight->second.shape[static_cast<std::size_t>(e.axis)]);
  if (e.scale.size() != slices || e.zero_point.size() != slices || (!e.signs.empty() && e.signs.size() != slices))
    fail(concat("encoding '", name, "' is not of ", slices, " slices"));
  for (const float scale : e.scale)
    if (!(scale > 0) || !std::isfinite(scale)) fail(concat("encoding '", name, "' has a scale of ", scale));
  if (e.low >= e.high) fail(concat("encoding '", name, "' runs from ", e.low, " to ", e.high));
}

}  // namespace

void put_network(TensorFile& file, Json& meta, const Network& network) {
  meta["model"] = model_value(network).dump();
  for (const auto& [name, tensor] : network.weights) file.tensors[name] = tensor;
  for (const auto& [name, mask] : network.masks) file.tensors["mask." + name] = mask;
  Json encodings = Json::map();
  for (const auto& [name, e] : network.encodings) {
    Json one = Json::map();
    one["low"] = e.low, one["high"] = e.high, one["axis"] = e.axis;
    file.tensors["encoding.scale." + name] = Tensor::of({static_cast<std::int64_t>(e.scale.size())}, e.scale);
    std::vector<float> zero(e.zero_point.begin(), e.zero_point.end());
    file.tensors["encoding.zero_point." + name] = Tensor::of({static_cast<std::int64_t>(zero.size())}, zero);
    if (!e.codes.empty()) one["codes"] = Json::list_of(e.codes);
    if (!e.signs.empty()) one["signs"] = Json::list_of(e.signs);
    encodings[name] = std::move(one);
  }
  meta["encodings"] = std::move(encodings);
}

const Tensor& tensor_of(const TensorFile& file, const std::string& name, const std::string& path) {
  const auto found = file.tensors.find(name);
  if (found == file.tensors.end()) mistake(path, concat("is damaged: tensor '", name, "' is missing"));
  return found->second;
}

Network take_network(const TensorFile& file, const Json& meta, const std::string& path) {
  std::vector<Problem> problems;
  auto network = read_model(schema::parse(meta.at("model").text(), path), standard_operators(), {}, problems);
  refuse(problems);
  for (const auto& node : network.nodes)
    for (const auto& slot : network.slots(node)) {
      const auto name = concat(node.name, ".", slot.name);
      network.weights[name] = tensor_of(file, name, path);
      network.weights[name].floats();  // of this type
      if (const auto mask = file.tensors.find("mask." + name); mask != file.tensors.end())
        network.masks[name] = mask->second;
    }
  check_weights(network);
  for (const auto& [name, mask] : network.masks) check_mask(name, mask, network.weights.at(name));
  for (const auto& [name, one] : meta.at("encodings").entries()) {
    Encoding e;
    const auto scale = tensor_of(file, "encoding.scale." + name, path).floats();
    const auto zero = tensor_of(file, "encoding.zero_point." + name, path).floats();
    e.scale.assign(scale.begin(), scale.end());
    e.zero_point = whole_numbers(zero);
    e.low = static_cast<std::int32_t>(one.at("low").integer());
    e.high = static_cast<std::int32_t>(one.at("high").integer());
    e.axis = static_cast<int>(one.at("axis").integer());
    e.codes = whole_numbers(one.at("codes"));
    e.signs = whole_numbers(one.at("signs"));
    check_encoding(network, name, e);
    network.encodings[name] = std::move(e);
  }
  return network;
}

Json read_meta(const TensorFile& file, const std::string& path) {
  const auto found = file.metadata.find(key);
  if (found == file.metadata.end()) mistake(path, "is no checkpoint of Espalier (its metadata has no 'espalier')");
  Json meta = Json::parse(found->second, path);
  if (!meta.at("format").is_number() || meta.at("format").integer() != format)
    mistake(path, concat("has checkpoint format ", meta.at("format").dump(), "; this program reads ", format));
  return meta;
}

Json new_meta(const char* kind) { return Json::map().set("format", format).set("kind", kind); }

void put_meta(TensorFile& file, const Json& meta) { file.metadata[key] = meta.dump(); }

void save_network(const std::filesystem::path& path, const Network& network, const Json& extra) {
  TensorFile file;
  Json meta = new_meta("network");
  meta["extra"] = extra;
  put_network(file, meta, network);
  put_meta(file, meta);
  save_safetensors(path, file);
}

bool holds_network(const std::filesystem::path& path) { return load_safetensors(path).metadata.count(key) > 0; }

Network load_network(const std::filesystem::path& path, Json* extra) {
  return reading(path, [&] {
    const auto file = load_safetensors(path);
    const Json meta = read_meta(file, path.string());
    if (extra) *extra = meta.at("extra");
    return take_network(file, meta, path.string());
  });
}

}  // namespace espalier::graph
