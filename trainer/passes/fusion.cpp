#include "passes/fusion.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>

namespace espalier::passes {
namespace {

using graph::EncodingTrait;
using graph::Network;
using graph::Node;
using graph::Role;

bool has_slot(const Network& network, const Node& node, Role role) {
  const auto slots = network.slots(node);
  return std::any_of(slots.begin(), slots.end(),
                     [&](const graph::Slot& slot) { return slot.role == role && slot.out_axis >= 0; });
}

/// The only consumer of `node`, or null.
const Node* only_consumer(const Network& network, const Node& node) {
  const auto consumers = network.consumers(node.name);
  return consumers.size() == 1 ? consumers[0] : nullptr;
}

/// Layers whose last step on a device is a rescaling with bounds: weights times inputs, or a sum.
bool takes_clamp(const Network& network, const Node& anchor) {
  return anchor.op->encoding == EncodingTrait::own &&
         (anchor.op->channels == graph::Channels::tie || has_slot(network, anchor, Role::weight));
}

const Node& look_through(const Network& network, const std::string& name) {
  const Node* node = &network.node(name);
  while (node->op->encoding == EncodingTrait::none) node = &network.node(node->inputs[0]);
  return *node;
}

Layer layer_at(const Network& network, const Node& anchor) {
  Layer layer;
  layer.anchor = layer.output = anchor.name;
  const Node* last = &anchor;
  const Node* next = only_consumer(network, *last);
  if (next && has_slot(network, anchor, Role::weight) && has_slot(network, *next, Role::gamma)) {
    layer.batch_norm = layer.output = next->name;
    last = next;
    next = only_consumer(network, *last);
  }
  if (next && next->op->encoding == EncodingTrait::clamp && takes_clamp(network, anchor))
    layer.clamp = layer.output = next->name;
  for (const auto& input : anchor.inputs) layer.inputs.push_back(look_through(network, input).name);
  return layer;
}

std::optional<graph::FixedEncoding> demanded_encoding(const Node& node) {
  return node.op->encoding == EncodingTrait::fixed ? std::optional(node.op->fixed) : std::nullopt;
}

}  // namespace

std::vector<Layer> fuse(const Network& network) {
  std::vector<Layer> layers;
  std::set<std::string> taken;
  for (const auto& node : network.nodes) {
    if (node.op->encoding == EncodingTrait::none || taken.count(node.name)) continue;
    auto layer = layer_at(network, node);
    taken.insert({layer.anchor, layer.batch_norm, layer.clamp});
    layers.push_back(std::move(layer));
  }
  return layers;
}

std::map<std::string, std::string> encoding_groups(const Network& network) {
  const auto layers = fuse(network);
  std::map<std::string, std::size_t> place;  // of an output among the layers
  for (std::size_t i = 0; i < layers.size(); ++i) place[layers[i].output] = i;
  std::vector<std::size_t> parent(layers.size());
  std::iota(parent.begin(), parent.end(), 0);
  const auto root = [&](std::size_t i) {
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
  };
  const auto demanded = [&](std::size_t i) { return demanded_encoding(network.node(layers[root(i)].anchor)); };
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (network.node(layers[i].anchor).op->encoding != EncodingTrait::keeps) continue;
    const auto first = demanded(place.at(layers[i].inputs.at(0)));
    const bool all_demand = std::ranges::all_of(
        layers[i].inputs, [&](const auto& input) { return first && demanded(place.at(input)) == first; });
    for (const auto& input : layers[i].inputs) {
      if (demanded(place.at(input)) && !all_demand) continue;
      const auto a = root(i), b = root(place.at(input));
      parent[std::max(a, b)] = std::min(a, b);
    }
  }
  std::map<std::string, std::string> groups;
  for (std::size_t i = 0; i < layers.size(); ++i) groups[layers[i].output] = layers[root(i)].output;
  return groups;
}

}  // namespace espalier::passes
