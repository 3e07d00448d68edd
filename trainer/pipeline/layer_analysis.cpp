#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/text.h"
#include "integer/storage.h"
#include "integer/twin.h"
#include "nn/executor.h"
#include "passes/fusion.h"
#include "passes/rewrite.h"
#include "pipeline/analysis.h"
#include "reporting/histogram.h"

namespace espalier::pipeline {
namespace {

constexpr int bins = 64;

/// Test samples, spread evenly over the split, as the networks want them.
at::Tensor chosen_samples(const datasets::Dataset& data, std::int64_t most) {
  const auto available = data.size(datasets::Split::test), n = std::min(most, available);
  std::vector<std::int64_t> shape = {n};
  shape.insert(shape.end(), data.shape().begin(), data.shape().end());
  auto features = at::empty(shape, at::kFloat);
  const auto each = n ? static_cast<std::size_t>(features.numel() / n) : 0;
  for (std::int64_t i = 0; i < n; ++i)
    data.features(datasets::Split::test, i * available / n, {},
                  std::span(features.mutable_data_ptr<float>() + static_cast<std::size_t>(i) * each, each));
  return features;
}

/// The float network's outputs by node, in the device's layout: [N, height, width, channels].
class FloatOutputs {
 public:
  FloatOutputs(const graph::Network& network, const at::Tensor& samples) {
    nn::Request request;
    request.quantized = false;
    for (const auto& layer : passes::fuse(network)) request.taps.insert(layer.output);
    if (samples.size(0) == 0) return;
    for (auto& [name, value] : nn::forward(nn::bring_to_life(network, false), samples, request).activations)
      values_[name] = (value.dim() == 4 ? value.permute({0, 2, 3, 1}) : value).to(at::kFloat).contiguous();
  }
  /// Empty where the name is none of the network's.
  std::span<const float> of(const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) return {};
    return {found->second.const_data_ptr<float>(), static_cast<std::size_t>(found->second.numel())};
  }

 private:
  std::map<std::string, at::Tensor> values_;
};

/// The codes of every activation, all samples one after the other.
std::vector<std::vector<std::int8_t>> traced(const integer::Program& program, const datasets::Dataset& data,
                                             const at::Tensor& samples) {
  const integer::Twin twin(program);
  const auto n = samples.size(0);
  const auto each = n ? static_cast<std::size_t>(samples.numel() / n) : 0;
  std::vector<std::vector<std::int8_t>> all(program.activations.size());
  std::vector<std::int8_t> input(each);
  for (std::int64_t i = 0; i < n; ++i) {
    const std::span features(samples.const_data_ptr<float>() + static_cast<std::size_t>(i) * each, each);
    quantize_input(program, step_of(data.front_end()), features, input);
    const auto trace = twin.trace(input);
    for (std::size_t a = 0; a < all.size(); ++a) all[a].insert(all[a].end(), trace[a].begin(), trace[a].end());
  }
  return all;
}

/// Activations whose elements lie in another order than the float network's: a flattened map has its channels innermost
/// on the device, outermost in the graph.
std::vector<bool> reordered(const integer::Program& program) {
  std::vector<bool> all(program.activations.size());
  for (const auto& instruction : program.instructions) {
    const auto inputs = integer::inputs_of(instruction);
    const auto& shape = program.activations[static_cast<std::size_t>(inputs[0])].shape;
    const auto output = static_cast<std::size_t>(integer::output_of(instruction));
    const bool computes = integer::macs_of(program, instruction) > 0;
    const bool inherits =
        std::any_of(inputs.begin(), inputs.end(), [&](auto id) { return all[static_cast<std::size_t>(id)]; });
    const bool flattens = std::holds_alternative<integer::Reshape>(instruction) && shape.size() == 3 && shape[2] > 1 &&
                          shape[0] * shape[1] > 1;
    all[output] = flattens || (inherits && !computes);
  }
  return all;
}

Json sqnr_db(std::span<const float> floats, std::span<const std::int8_t> codes, const integer::Activation& activation) {
  if (floats.empty() || floats.size() != codes.size()) return {};
  double signal = 0, noise = 0;
  for (std::size_t i = 0; i < floats.size(); ++i) {
    const double real = static_cast<double>(activation.scale) * (codes[i] - activation.zero_point);
    signal += static_cast<double>(floats[i]) * floats[i];
    noise += (floats[i] - real) * (floats[i] - real);
  }
  return signal > 0 && noise > 0 ? Json(10 * std::log10(signal / noise)) : Json();
}

Json code_histogram(std::span<const std::int8_t> codes, std::int32_t low, int width) {
  reporting::Histogram histogram{static_cast<double>(low), 128, {}};
  histogram.counts.resize(static_cast<std::size_t>((128 - low + width - 1) / width));
  histogram.high = low + width * static_cast<double>(histogram.counts.size());
  for (const auto code : codes) ++histogram.counts[static_cast<std::size_t>((std::max<int>(code, low) - low) / width)];
  return to_json(histogram);
}

std::span<const std::int8_t> weights_of(const integer::Instruction& instruction) {
  return std::visit(
      [](const auto& i) -> std::span<const std::int8_t> {
        if constexpr (requires { i.weights; }) return i.weights;
        return {};
      },
      instruction);
}

/// Bits that the encoding of `weight` needs for a code; 8 without one.
std::int64_t bits_of(const graph::Network& network, const std::string& weight) {
  const auto found = network.encodings.find(weight);
  if (found == network.encodings.end()) return 8;
  const double codes = static_cast<double>(found->second.high) - found->second.low + 1;
  return static_cast<std::int64_t>(std::ceil(std::log2(codes)));
}

void add_integer_weights(Json& row, const graph::Network& network, const std::string& anchor,
                         const integer::Instruction& instruction) {
  const auto weights = weights_of(instruction);
  if (weights.empty()) return;
  row.set("zeros", static_cast<std::int64_t>(std::count(weights.begin(), weights.end(), 0)));
  row.set("weight_count", static_cast<std::int64_t>(weights.size()));
  row.set("bits", bits_of(network, anchor + ".weight"));
  row.set("weights", code_histogram(weights, -127, 4));
}

void add_activation(Json& row, const integer::Activation& activation, std::span<const std::int8_t> codes) {
  auto histogram = code_histogram(codes, -128, 4);
  histogram.set("scale", static_cast<double>(activation.scale)).set("zero_point", activation.zero_point);
  row.set("activations", std::move(histogram));
}

Json integer_layers(const Student& student, const graph::Network& folded, const datasets::Dataset& data,
                    const at::Tensor& samples) {
  const auto& program = *student.program;
  const FloatOutputs floats(folded, samples);
  const auto codes = traced(program, data, samples);
  const auto other_order = reordered(program);
  std::map<std::string, std::string> anchors;
  for (const auto& layer : passes::fuse(folded)) anchors[layer.output] = layer.anchor;
  auto rows = Json::list();
  const auto storage = integer::storage_of(program);
  for (std::size_t i = 0; i < program.instructions.size(); ++i) {
    const auto& instruction = program.instructions[i];
    const auto output = static_cast<std::size_t>(integer::output_of(instruction));
    const auto& activation = program.activations[output];
    const auto anchor = anchors.find(activation.name);
    const auto name = anchor == anchors.end() ? activation.name : anchor->second;
    auto row = Json::map();
    row.set("name", name).set("operator", std::string(integer::name_of(instruction)));
    row.set("output", Json::list_of(activation.shape)).set("macs", integer::macs_of(program, instruction));
    row.set("bytes", storage.instructions[i].total());
    add_integer_weights(row, student.network, name, instruction);
    add_activation(row, activation, codes[output]);
    if (!other_order[output]) row.set("sqnr_db", sqnr_db(floats.of(activation.name), codes[output], activation));
    rows.push(std::move(row));
  }
  return rows;
}

Json device_shape(const graph::Shape& shape) {
  return shape.size() == 3 ? Json::list_of(graph::Shape{shape[1], shape[2], shape[0]}) : Json::list_of(shape);
}

/// All of a layer's weights, one tensor after the other; no biases.
std::vector<float> weights_of(const graph::Network& network, const graph::Node& node) {
  std::vector<float> all;
  for (const auto& slot : network.slots(node)) {
    if (slot.role != graph::Role::weight) continue;
    const auto values = graph::masked_floats(network, concat(node.name, ".", slot.name));
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

Json float_layers(const graph::Network& folded, const at::Tensor& samples) {
  const FloatOutputs floats(folded, samples);
  auto rows = Json::list();
  for (const auto& layer : passes::fuse(folded)) {
    const auto& node = folded.node(layer.anchor);
    if (node.inputs.empty()) continue;  // the input
    const auto cost = graph::cost_of(folded, node);
    auto row = Json::map();
    row.set("name", node.name)
        .set("operator", node.op->key)
        .set("output", device_shape(folded.node(layer.output).shape));
    row.set("macs", cost.macs).set("bytes", 4 * cost.parameters);
    if (const auto values = weights_of(folded, node); !values.empty()) {
      row.set("zeros", static_cast<std::int64_t>(std::count(values.begin(), values.end(), 0.0f)));
      row.set("weight_count", static_cast<std::int64_t>(values.size())).set("bits", 32);
      row.set("weights", to_json(reporting::histogram_of(values, bins)));
    }
    row.set("activations", to_json(reporting::histogram_of(floats.of(layer.output), bins)));
    rows.push(std::move(row));
  }
  return rows;
}

}  // namespace

std::int64_t comparable_samples(const graph::Network& network) {
  std::int64_t activations = 0;
  for (const auto& node : network.nodes) activations += graph::elements(node.shape);
  return std::clamp<std::int64_t>((std::int64_t{1} << 24) / std::max<std::int64_t>(activations, 1), 1, 64);
}

Json layers_of(const Student& student, const datasets::Dataset& data, std::int64_t samples) {
  const auto folded = passes::fold_batch_norm(passes::remove_dropout(student.network).network).network;
  const auto chosen = chosen_samples(data, samples);
  return student.program ? integer_layers(student, folded, data, chosen) : float_layers(folded, chosen);
}

}  // namespace espalier::pipeline
