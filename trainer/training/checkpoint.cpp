#include "training/checkpoint.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/headeronly/version.h>

#include "base/error.h"
#include "base/text.h"
#include "graph/model_file.h"
#include "graph/safetensors.h"
#include "schema/document.h"

namespace espalier::training {
namespace {

constexpr int format = 1;
constexpr const char* key = "espalier";

void put_network(graph::TensorFile& file, Json& meta, const graph::Network& network) {
  meta["model"] = graph::model_value(network).dump();
  for (const auto& [name, tensor] : network.weights) file.tensors[name] = tensor;
  for (const auto& [name, mask] : network.masks) file.tensors["mask." + name] = mask;
  Json encodings = Json::map();
  for (const auto& [name, e] : network.encodings) {
    Json one = Json::map();
    one["low"] = e.low, one["high"] = e.high, one["axis"] = e.axis;
    file.tensors["encoding.scale." + name] = graph::Tensor::of({static_cast<std::int64_t>(e.scale.size())}, e.scale);
    std::vector<float> zero(e.zero_point.begin(), e.zero_point.end());
    file.tensors["encoding.zero_point." + name] = graph::Tensor::of({static_cast<std::int64_t>(zero.size())}, zero);
    if (!e.codes.empty()) one["codes"] = Json::list_of(e.codes);
    if (!e.signs.empty()) one["signs"] = Json::list_of(e.signs);
    encodings[name] = std::move(one);
  }
  meta["encodings"] = std::move(encodings);
}

const graph::Tensor& tensor_of(const graph::TensorFile& file, const std::string& name, const std::string& path) {
  const auto found = file.tensors.find(name);
  if (found == file.tensors.end()) mistake(path, concat("is damaged: tensor '", name, "' is missing"));
  return found->second;
}

std::vector<std::int32_t> whole_numbers(const Json& list) {
  std::vector<std::int32_t> numbers;
  if (!list.is_null())
    for (const auto& number : list.items()) numbers.push_back(static_cast<std::int32_t>(number.integer()));
  return numbers;
}

graph::Network take_network(const graph::TensorFile& file, const Json& meta, const std::string& path) {
  std::vector<Problem> problems;
  auto network =
      graph::read_model(schema::parse(meta.at("model").text(), path), graph::standard_operators(), {}, problems);
  refuse(problems);
  for (const auto& node : network.nodes)
    for (const auto& slot : network.slots(node)) {
      const auto name = concat(node.name, ".", slot.name);
      network.weights[name] = tensor_of(file, name, path);
      if (const auto mask = file.tensors.find("mask." + name); mask != file.tensors.end())
        network.masks[name] = mask->second;
    }
  for (const auto& [name, one] : meta.at("encodings").entries()) {
    graph::Encoding e;
    const auto scale = tensor_of(file, "encoding.scale." + name, path).floats();
    const auto zero = tensor_of(file, "encoding.zero_point." + name, path).floats();
    e.scale.assign(scale.begin(), scale.end());
    for (const float z : zero) e.zero_point.push_back(static_cast<std::int32_t>(z));
    e.low = static_cast<std::int32_t>(one.at("low").integer());
    e.high = static_cast<std::int32_t>(one.at("high").integer());
    e.axis = static_cast<int>(one.at("axis").integer());
    e.codes = whole_numbers(one.at("codes"));
    e.signs = whole_numbers(one.at("signs"));
    network.encodings[name] = std::move(e);
  }
  graph::check_weights(network);
  return network;
}

Json read_meta(const graph::TensorFile& file, const std::string& path) {
  const auto found = file.metadata.find(key);
  if (found == file.metadata.end()) mistake(path, "is no checkpoint of Espalier (its metadata has no 'espalier')");
  Json meta = Json::parse(found->second, path);
  if (!meta.at("format").is_number() || meta.at("format").integer() != format)
    mistake(path, concat("has checkpoint format ", meta.at("format").dump(), "; this program reads ", format));
  return meta;
}

/// Damage that the parts below report as failures is the file's fault.
template <class Work>
auto reading(const std::filesystem::path& path, const Work& work) {
  try {
    return work();
  } catch (const Error& e) {
    if (e.code() == Exit::mistake) throw;
    mistake(path.string(), concat("is damaged: ", e.what()));
  }
}

Json follows_of(const Owned& owned) {
  Json list = Json::list();
  for (const auto& follow : owned.follows)
    list.push(Json::map().set("axis", follow.axis).set("of", follow.of).set("of_axis", follow.of_axis));
  return list;
}

void put_state(graph::TensorFile& file, Json& meta, TrainedModel& model) {
  Json owned = Json::map();
  for (const auto& [name, own] : model.owned()) {
    file.tensors["own." + name] = nn::to_host(own.tensor);
    owned[name] = Json::map().set("treatment", static_cast<int>(own.treatment)).set("follows", follows_of(own));
  }
  meta["owned"] = std::move(owned);
  for (const auto& [name, moments] : model.moments()) {
    for (std::size_t i = 0; i < moments.tensors.size(); ++i)
      file.tensors[concat("moment.", i, ".", name)] = nn::to_host(moments.tensors[i]);
    file.tensors["steps." + name] = nn::to_host(moments.steps.view({1}));
  }
  Json observed = Json::list();
  for (const auto& name : model.observed()) observed.push(name);
  meta["observed"] = std::move(observed);
  meta["batch_norm_frozen"] = model.batch_norm_frozen();
  meta["evaluate_with"] = model.prefix();
}

void take_state(const graph::TensorFile& file, const Json& meta, TrainedModel& model, const std::string& path) {
  for (const auto& [name, entry] : meta.at("owned").entries()) {
    Owned own;
    own.treatment = static_cast<compression::Treatment>(entry.at("treatment").integer());
    own.tensor = nn::to_tensor(tensor_of(file, "own." + name, path))
                     .set_requires_grad(own.treatment != compression::Treatment::frozen);
    for (const auto& follow : entry.at("follows").items())
      own.follows.push_back({static_cast<int>(follow.at("axis").integer()), follow.at("of").text(),
                             static_cast<int>(follow.at("of_axis").integer())});
    model.owned()[name] = std::move(own);
  }
  for (const auto& [name, tensor] : file.tensors) {
    if (!starts_with(name, "steps.")) continue;
    const auto parameter = name.substr(6);
    Moments moments;
    for (std::size_t i = 0; file.tensors.count(concat("moment.", i, ".", parameter)); ++i) {
      auto moment = nn::to_tensor(file.tensors.at(concat("moment.", i, ".", parameter)));
      if (moment.dim() == 4)
        moment =
            at::empty(moment.sizes(), moment.options().memory_format(at::MemoryFormat::ChannelsLast)).copy_(moment);
      moments.tensors.push_back(moment);
    }
    moments.steps = nn::to_tensor(tensor).view(at::IntArrayRef());
    model.moments()[parameter] = std::move(moments);
  }
  for (const auto& name : meta.at("observed").items()) model.observe(name.text(), true);
  model.freeze_batch_norm(meta.at("batch_norm_frozen").boolean());
  model.evaluate_with(meta.at("evaluate_with").text());
}

}  // namespace

Json environment() {
  Json all = Json::map();
  all["threads"] = at::get_num_threads();
  all["instruction_set"] = at::get_cpu_capability();
  all["libtorch"] = TORCH_VERSION;
  return all;
}

void save_checkpoint(const std::filesystem::path& path, TrainedModel& model, const Position& position,
                     const std::string& stage, const std::string& content) {
  graph::TensorFile file;
  Json meta = Json::map();
  meta["format"] = format;
  meta["kind"] = "checkpoint";
  meta["stage"] = stage;
  meta["content"] = content;
  meta["environment"] = environment();
  meta["step"] = position.step;
  meta["best"] = position.best;
  meta["best_epoch"] = position.best_epoch;
  Json sums = Json::map();
  for (const auto& [name, sum] : position.sums) sums[name] = sum;
  meta["sums"] = std::move(sums);
  put_network(file, meta, nn::capture(model.live()));
  put_state(file, meta, model);
  file.metadata[key] = meta.dump();
  graph::save_safetensors(path, file);
}

Restored load_checkpoint(const std::filesystem::path& path, const std::string& content, bool allow_different_bits) {
  return reading(path, [&] {
    const auto file = graph::load_safetensors(path);
    const Json meta = read_meta(file, path.string());
    if (meta.at("kind").text() != "checkpoint") mistake(path.string(), "holds a network, not a training to resume");
    if (meta.at("content").text() != content)
      mistake(path.string(),
              "belongs to another recipe (its data, model or training settings differ); give --output another folder, "
              "or start over without --resume");
    if (const auto here = environment().dump(); meta.at("environment").dump() != here && !allow_different_bits)
      mistake(path.string(), concat("was made under ", meta.at("environment").dump(), ", this is ", here,
                                    ": the bits would differ; pass --allow-different-bits, or the same --threads"));
    Restored restored;
    restored.model = std::make_unique<TrainedModel>(nn::bring_to_life(take_network(file, meta, path.string())));
    take_state(file, meta, *restored.model, path.string());
    restored.position.step = meta.at("step").integer();
    restored.position.best = meta.at("best").number();
    restored.position.best_epoch = meta.at("best_epoch").integer();
    for (const auto& [name, sum] : meta.at("sums").entries()) restored.position.sums[name] = sum.number();
    return restored;
  });
}

void save_network(const std::filesystem::path& path, const graph::Network& network, const Json& extra) {
  graph::TensorFile file;
  Json meta = Json::map();
  meta["format"] = format;
  meta["kind"] = "network";
  meta["extra"] = extra;
  put_network(file, meta, network);
  file.metadata[key] = meta.dump();
  graph::save_safetensors(path, file);
}

bool holds_network(const std::filesystem::path& path) { return graph::load_safetensors(path).metadata.count(key) > 0; }

graph::Network load_network(const std::filesystem::path& path, Json* extra) {
  return reading(path, [&] {
    const auto file = graph::load_safetensors(path);
    const Json meta = read_meta(file, path.string());
    if (extra) *extra = meta.at("extra");
    return take_network(file, meta, path.string());
  });
}

}  // namespace espalier::training
