#include "graph/operators/linear.h"

#include "base/error.h"
#include "base/text.h"
#include "graph/operators/operators.h"

namespace espalier::graph {

void Linear::describe(schema::Describe<Linear>& d) {
  d.about("fully connected layer");
  d.key("out", &Linear::out, "output features; the word `classes` stands for the data's classes")
      .range(1, 1 << 20)
      .must();
  d.key("bias", &Linear::bias, "adds a bias");
}

namespace {
Shape shape(const Node& node, const std::vector<Shape>& inputs) {
  if (inputs[0].size() != 1)
    mistake(node.origin.text(), concat("linear '", node.name, "' needs one axis, its input is ", text_of(inputs[0]),
                                       "; put flatten or global_average_pool before it"));
  return {node.as<Linear>()->out};
}
std::int64_t macs(const Node& node, const std::vector<Shape>& inputs) {
  return elements(node.shape) * elements(inputs[0]);
}
std::vector<Slot> slots(const Node& node, const std::vector<Shape>& inputs) {
  const auto& a = *node.as<Linear>();
  std::vector<Slot> all = {{"weight", {a.out, inputs[0][0]}, Role::weight, 0, 1}};
  if (a.bias) all.push_back({"bias", {a.out}, Role::bias, 0, -1});
  return all;
}
}  // namespace

Operator operators::linear() {
  auto op = make_operator<Linear>("linear");
  op.channels = Channels::produce;
  op.shape = shape;
  op.macs = macs;
  op.slots = slots;
  return op;
}

}  // namespace espalier::graph
