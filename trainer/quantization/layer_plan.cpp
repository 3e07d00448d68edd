#include "quantization/layer_plan.h"

#include <map>

#include "base/text.h"
#include "graph/operators/batch_norm.h"
#include "passes/fusion.h"

namespace espalier::quantization {
namespace {

/// The node's tensor in this role, or "".
std::string tensor_in_role(const graph::Network& network, const graph::Node& node, graph::Role role,
                           int* out_axis = nullptr) {
  for (const auto& slot : network.slots(node))
    if (slot.role == role) {
      if (out_axis) *out_axis = slot.out_axis;
      return concat(node.name, ".", slot.name);
    }
  return {};
}

void add_batch_norm(const graph::Network& network, const graph::Node& node, WeightedLayer& layer) {
  layer.gamma = tensor_in_role(network, node, graph::Role::gamma);
  layer.beta = tensor_in_role(network, node, graph::Role::beta);
  layer.running_mean = tensor_in_role(network, node, graph::Role::running_mean);
  layer.running_variance = tensor_in_role(network, node, graph::Role::running_variance);
  layer.epsilon = node.as<graph::BatchNorm>()->epsilon;
}

}  // namespace

LayerPlan plan_layers(const graph::Network& network) {
  LayerPlan plan;
  const auto representative = passes::encoding_groups(network);
  std::map<std::string, std::size_t> group_of;
  for (const auto& fused : passes::fuse(network)) {
    const auto [at, made] = group_of.emplace(representative.at(fused.output), plan.groups.size());
    if (made) plan.groups.emplace_back();
    plan.groups[at->second].push_back(fused.output);
    const auto& anchor = network.node(fused.anchor);
    if (made && anchor.op->encoding == graph::EncodingTrait::fixed) plan.fixed[fused.output] = anchor.op->fixed;
    WeightedLayer layer;
    layer.weight = tensor_in_role(network, anchor, graph::Role::weight, &layer.axis);
    if (layer.weight.empty()) continue;
    layer.bias = tensor_in_role(network, anchor, graph::Role::bias);
    layer.input = fused.inputs.at(0);
    layer.output = fused.output;
    if (!fused.batch_norm.empty()) add_batch_norm(network, network.node(fused.batch_norm), layer);
    plan.layers.push_back(std::move(layer));
  }
  return plan;
}

}  // namespace espalier::quantization
