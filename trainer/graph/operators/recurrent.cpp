#include "graph/operators/recurrent.h"

#include "base/error.h"
#include "base/text.h"
#include "graph/operators/gru.h"
#include "graph/operators/lstm.h"

namespace espalier::graph {
namespace {

template <class Attributes>
Recurrence with(const Attributes& a, Recurrence::Cell cell, const Shape& input) {
  Recurrence r{cell, a.hidden, a.bidirectional, a.output == "sequence", a.bias};
  r.down = a.time == "height" || (a.time == "auto" && input[1] > 1);
  r.steps = r.down ? input[1] : input[2];
  r.features = input[0] * (r.down ? input[2] : input[1]);
  return r;
}

Recurrence demanded(const Node& node, const std::vector<Shape>& inputs) { return *recurrence_of(node, inputs[0]); }

Shape shape(const Node& node, const std::vector<Shape>& inputs) {
  const auto r = demanded(node, inputs);
  const auto states = r.directions() * r.hidden;
  if (!r.sequence) return {states};
  return r.down ? Shape{states, r.steps, 1} : Shape{states, 1, r.steps};
}

std::int64_t macs(const Node& node, const std::vector<Shape>& inputs) {
  const auto r = demanded(node, inputs);
  return r.steps * r.directions() * r.gates() * r.hidden * (r.features + r.hidden);
}

/// No slot follows the output's channels: a state's unit has rows in every gate and a column of the recurrent weight.
std::vector<Slot> slots(const Node& node, const std::vector<Shape>& inputs) {
  const auto r = demanded(node, inputs);
  const auto rows = r.gates() * r.hidden;
  std::vector<Slot> all;
  for (const auto& prefix : r.prefixes()) {
    all.push_back({prefix + "input_weight", {rows, r.features}, Role::weight, -1, 1});
    all.push_back({prefix + "recurrent_weight", {rows, r.hidden}, Role::weight, -1, -1});
    if (!r.bias) continue;
    all.push_back({prefix + "input_bias", {rows}, Role::bias, -1, -1});
    all.push_back({prefix + "recurrent_bias", {rows}, Role::bias, -1, -1});
  }
  return all;
}

}  // namespace

std::vector<std::string> Recurrence::prefixes() const {
  return bidirectional ? std::vector<std::string>{"", "reverse_"} : std::vector<std::string>{""};
}

std::optional<Recurrence> recurrence_of(const Node& node, const Shape& input) {
  const auto* lstm = node.as<Lstm>();
  const auto* gru = node.as<Gru>();
  if (!lstm && !gru) return {};
  if (input.size() != 3)
    mistake(node.origin.text(), concat(node.op->key, " '", node.name,
                                       "' reads a sequence {channels, height, width}, its input is ", text_of(input),
                                       "; say `output: sequence` in the recurrent layer before it, or leave out the "
                                       "flatten or global_average_pool"));
  return lstm ? with(*lstm, Recurrence::Cell::lstm, input) : with(*gru, Recurrence::Cell::gru, input);
}

std::optional<Recurrence> recurrence_of(const Network& network, const Node& node) {
  if (node.inputs.size() != 1) return {};
  if (!node.as<Lstm>() && !node.as<Gru>()) return {};
  return recurrence_of(node, network.node(node.inputs[0]).shape);
}

void complete_recurrent(Operator& op) {
  op.channels = Channels::produce;
  op.zeros = Zeros::never;
  op.shape = shape;
  op.macs = macs;
  op.slots = slots;
}

}  // namespace espalier::graph
