#include "nn/executor.h"

#include <ATen/ATen.h>

#include "base/error.h"
#include "base/text.h"
#include "graph/operators/batch_norm.h"
#include "graph/operators/flatten.h"
#include "nn/activation_kernels.h"
#include "nn/anchors.h"
#include "nn/fused_activation.h"
#include "passes/fusion.h"
#include "passes/rewrite.h"

namespace espalier::nn {
namespace {

using at::Tensor;

/// Explicit channels-last strides: .contiguous(ChannelsLast) does nothing for one channel, and the whole network would
/// then run channels first.
Tensor to_channels_last(const Tensor& x) {
  if (x.dim() != 4) return x;
  return at::empty(x.sizes(), x.options().memory_format(at::MemoryFormat::ChannelsLast)).copy_(x);
}

class Run {
 public:
  Run(const LiveNetwork& live, const Request& request) : live_(live), request_(request) {}

  Outcome over(const Tensor& x) {
    const auto& nodes = live_.structure.nodes;
    keep(nodes.front().name, {"", "", "", nodes.front().name, {}}, to_channels_last(x));
    for (const auto& layer : passes::fuse(live_.structure))
      if (layer.anchor != nodes.front().name) run(whole(layer));
    outcome_.logits = read(nodes.back().name);
    return std::move(outcome_);
  }

 private:
  Tensor weight(const std::string& name) const {
    const auto found = live_.parameters.find(name);
    if (found == live_.parameters.end()) return {};
    if (request_.in_place_of)
      if (const auto other = request_.in_place_of->find(name); other != request_.in_place_of->end())
        return other->second;
    return found->second;
  }

  Tensor encoded_weight(const std::string& name) const {
    const Tensor value = weight(name);
    const auto* encoding = encoding_of(name);
    return value.defined() && encoding ? quantize_weight(value, *encoding) : value;
  }

  const compression::Encoding* encoding_of(const std::string& name) const {
    if (!request_.quantized) return nullptr;
    const auto found = live_.encodings.find(name);
    return found == live_.encodings.end() || !found->second.enabled ? nullptr : &found->second;
  }

  std::optional<BatchNormTensors> batch_norm_of(const passes::Layer& layer) const {
    if (layer.batch_norm.empty()) return {};
    const auto& attributes = *live_.structure.node(layer.batch_norm).as<graph::BatchNorm>();
    const auto name = [&](const char* slot) { return concat(layer.batch_norm, ".", slot); };
    return BatchNormTensors{weight(name("gamma")),
                            weight(name("beta")),
                            live_.buffers.at(name("running_mean")),
                            live_.buffers.at(name("running_variance")),
                            attributes.epsilon,
                            attributes.momentum,
                            request_.training && !request_.frozen_batch_norm};
  }

  /// A layer's output, through the dropouts behind it.
  Tensor read(const std::string& name) {
    const auto* node = live_.structure.find(name);
    if (node && node->is("dropout")) return drop(*node, read(node->inputs[0]));
    const auto found = values_.find(name);
    if (found == values_.end()) fail(concat("'", name, "' is read inside a fused layer"));
    return found->second;
  }

  Tensor drop(const graph::Node& node, const Tensor& x) {
    const double p = node.as<graph::Dropout>()->p;
    if (!request_.training || p == 0) return x;
    // In the strides of x, so that the product is one pass over memory.
    Tensor factors = at::empty_like(x, at::TensorOptions(at::kFloat).device(at::kCPU));
    dropout_factors(factors.mutable_data_ptr<float>(), x.size(0), x.numel() / x.size(0), p, request_.seed,
                    "dropout." + node.name, request_.step);
    return x * factors.to(x.device());
  }

  /// A batch norm or a clamp that fuses with nothing is a layer of nothing but itself.
  passes::Layer whole(passes::Layer layer) const {
    const auto& node = live_.structure.node(layer.anchor);
    if (node.is("batch_norm")) layer.batch_norm = layer.anchor;
    if (node.op->encoding == graph::EncodingTrait::clamp) layer.clamp = layer.anchor;
    return layer;
  }

  bool tapped(const std::string& name) const { return request_.taps.count(name) != 0; }

  void run(const passes::Layer& layer) {
    const auto& node = live_.structure.node(layer.anchor);
    std::vector<Tensor> inputs;
    for (const auto& input : node.inputs) inputs.push_back(read(input));
    const auto* anchor = anchors().find(node.op->key);
    if (!anchor) fail(concat("layer '", node.name, "' (", node.op->key, ") cannot be trained"));
    keep(node.name, layer, result_of(*anchor, node, inputs));
  }

  Tensor result_of(const Anchor& anchor, const graph::Node& node, const std::vector<Tensor>& inputs) const {
    const auto& structure = live_.structure;
    if (!anchor.run_with_slots)
      return anchor.run(structure, node, inputs, encoded_weight(node.name + ".weight"), weight(node.name + ".bias"));
    std::vector<Tensor> weights;
    for (const auto& slot : structure.slots(node)) weights.push_back(encoded_weight(concat(node.name, ".", slot.name)));
    return anchor.run_with_slots(structure, node, inputs, weights);
  }

  /// Batch norm, clamp and encoding behind the anchor's result `y`.
  void keep(const std::string& anchor, const passes::Layer& layer, const Tensor& y) {
    ActivationOptions options;
    if (!layer.clamp.empty()) {
      options.clamp_low = 0;
      if (live_.structure.node(layer.clamp).is("relu6")) options.clamp_high = 6;
    }
    options.observe = request_.observed.count(layer.output) != 0;
    options.encoding = encoding_of(layer.output);
    auto batch_norm = batch_norm_of(layer);
    Tensor value = y;
    const bool inner_tap = (anchor != layer.output && tapped(anchor)) ||
                           (!layer.batch_norm.empty() && layer.batch_norm != layer.output && tapped(layer.batch_norm));
    if (inner_tap) {
      if (tapped(anchor)) outcome_.activations[anchor] = y;
      if (batch_norm) value = apply(y, batch_norm, {});
      if (batch_norm && tapped(layer.batch_norm)) outcome_.activations[layer.batch_norm] = value;
      batch_norm.reset();
    }
    if (tapped(layer.output)) {
      // The tap is the value before its encoding, so that the two are computed one after the other.
      auto plain = options;
      plain.encoding = nullptr;
      value = apply(value, batch_norm, plain, layer.output);
      outcome_.activations[layer.output] = value;
      if (options.encoding) value = apply(value, {}, {.encoding = options.encoding});
    } else if (batch_norm || !layer.clamp.empty() || options.encoding || options.observe) {
      value = apply(value, batch_norm, options, layer.output);
    }
    values_[layer.output] = value;
  }

  Tensor apply(const Tensor& y, const std::optional<BatchNormTensors>& batch_norm, const ActivationOptions& options,
               const std::string& observed_as = "") {
    const auto result =
        request_.reference ? activate_reference(y, batch_norm, options) : activate(y, batch_norm, options);
    if (options.observe) outcome_.ranges[observed_as] = result.range;
    return result.value;
  }

  const LiveNetwork& live_;
  const Request& request_;
  std::map<std::string, Tensor> values_;
  Outcome outcome_;
};

}  // namespace

Outcome forward(const LiveNetwork& live, const Tensor& x, const Request& request) { return Run(live, request).over(x); }

LiveNetwork for_inference(const graph::Network& network) {
  return bring_to_life(passes::fold_batch_norm(passes::remove_dropout(network).network).network, false);
}

}  // namespace espalier::nn
