#include "graph/network.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "graph/operators/recurrent.h"

namespace espalier::graph {

const Node* Network::find(const std::string& wanted) const {
  const auto at = std::find_if(nodes.begin(), nodes.end(), [&](const Node& n) { return n.name == wanted; });
  return at == nodes.end() ? nullptr : &*at;
}

const Node& Network::node(const std::string& wanted) const {
  if (const auto* found = find(wanted)) return *found;
  fail(concat("network '", name, "' has no node '", wanted, "'"));
}

std::vector<const Node*> Network::consumers(const std::string& producer) const {
  std::vector<const Node*> all;
  for (const auto& node : nodes)
    if (std::find(node.inputs.begin(), node.inputs.end(), producer) != node.inputs.end()) all.push_back(&node);
  return all;
}

std::vector<Shape> Network::input_shapes(const Node& consumer) const {
  std::vector<Shape> shapes;
  for (const auto& input : consumer.inputs) shapes.push_back(node(input).shape);
  return shapes;
}

std::vector<Slot> Network::slots(const Node& node) const { return node.op->slots(node, input_shapes(node)); }

void infer_shapes(Network& network) {
  std::vector<Problem> problems;
  for (auto& node : network.nodes) {
    try {
      node.shape = node.op->shape(node, network.input_shapes(node));
    } catch (const Error& e) {
      problems.insert(problems.end(), e.problems().begin(), e.problems().end());
      break;  // what follows would only repeat it
    }
  }
  refuse(problems);
}

void check_weights(const Network& network) {
  std::map<std::string, bool> used;
  for (const auto& node : network.nodes)
    for (const auto& slot : network.slots(node)) {
      const auto name = concat(node.name, ".", slot.name);
      const auto found = network.weights.find(name);
      if (found == network.weights.end()) fail(concat("weight '", name, "' is missing"));
      if (found->second.shape != slot.shape)
        fail(concat("weight '", name, "' has shape ", text_of(found->second.shape), ", its layer needs ",
                    text_of(slot.shape)));
      used[name] = true;
    }
  for (const auto& [name, tensor] : network.weights)
    if (!used.count(name)) fail(concat("weight '", name, "' belongs to no layer of '", network.name, "'"));
}

namespace {
bool is_inference_parameter(Role role) { return role == Role::weight || role == Role::bias || role == Role::beta; }

std::int64_t count_nonzero(const Network& network, const std::string& name, std::int64_t all) {
  const auto weight = network.weights.find(name);
  if (weight == network.weights.end()) return all;
  const auto values = weight->second.floats();
  const auto mask = network.masks.find(name);
  std::int64_t count = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    count += values[i] != 0 && (mask == network.masks.end() || mask->second.flags()[i]);
  return count;
}
}  // namespace

Cost cost_of(const Network& network, const Node& node) {
  Cost cost;
  cost.macs = node.op->macs(node, network.input_shapes(node));
  cost.largest_activation = elements(node.shape);
  for (const auto& slot : network.slots(node)) {
    if (!is_inference_parameter(slot.role)) continue;
    const auto all = elements(slot.shape);
    cost.parameters += all;
    // A folded bias is stored whatever its value; only weights can be zero for good.
    cost.nonzero_parameters +=
        slot.role == Role::weight ? count_nonzero(network, concat(node.name, ".", slot.name), all) : all;
  }
  return cost;
}

Cost cost_of(const Network& network) {
  Cost total;
  for (const auto& node : network.nodes) {
    const auto cost = cost_of(network, node);
    total.macs += cost.macs;
    total.parameters += cost.parameters;
    total.nonzero_parameters += cost.nonzero_parameters;
    total.largest_activation = std::max(total.largest_activation, cost.largest_activation);
  }
  return total;
}

void initialize(Network& network, std::uint64_t seed) {
  network.weights.clear();
  for (const auto& node : network.nodes) {
    const auto recurrence = recurrence_of(network, node);
    for (const auto& slot : network.slots(node)) {
      const auto name = concat(node.name, ".", slot.name);
      Tensor tensor(Type::float32, slot.shape);
      auto values = tensor.floats();
      if (recurrence) {
        Random random(seed, "initialize." + name);
        const double spread = 1 / std::sqrt(static_cast<double>(recurrence->hidden));
        for (auto& value : values) value = static_cast<float>(random.uniform(-spread, spread));
      } else if (slot.role == Role::weight) {
        Random random(seed, "initialize." + name);
        const auto fan_in = static_cast<double>(elements(slot.shape)) / static_cast<double>(slot.shape[0]);
        for (auto& value : values) value = static_cast<float>(random.normal() * std::sqrt(2.0 / fan_in));
      } else if (slot.role == Role::gamma || slot.role == Role::running_variance) {
        std::fill(values.begin(), values.end(), 1.0f);
      }
      network.weights[name] = std::move(tensor);
    }
  }
}

std::vector<float> masked_floats(const Network& network, const std::string& tensor) {
  const auto all = network.weights.at(tensor).floats();
  std::vector<float> values(all.begin(), all.end());
  const auto mask = network.masks.find(tensor);
  if (mask == network.masks.end()) return values;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!mask->second.bytes[i]) values[i] = 0;
  return values;
}

}  // namespace espalier::graph
