#include "graph/operators/conv2d.h"

#include "graph/operators/operators.h"

namespace espalier::graph {

void Conv2d::describe(schema::Describe<Conv2d>& d) {
  d.about("2-D convolution");
  d.key("out", &Conv2d::out, "output channels").range(1, 65536).must();
  d.key("kernel", &Conv2d::kernel, "window").range(1, 1024).must();
  d.key("stride", &Conv2d::stride, "step of the window").range(1, 1024);
  d.key("padding", &Conv2d::padding, "around the input");
  d.key("bias", &Conv2d::bias, "adds a bias; not needed before batch_norm");
}

namespace {
Shape shape(const Node& node, const std::vector<Shape>& inputs) {
  const auto& a = *node.as<Conv2d>();
  const auto at = place(node, inputs[0], a.kernel, a.stride, a.padding);
  return {a.out, at.out_height, at.out_width};
}
std::int64_t macs(const Node& node, const std::vector<Shape>& inputs) {
  const auto& a = *node.as<Conv2d>();
  return elements(node.shape) * inputs[0][0] * a.kernel.height * a.kernel.width;
}
std::vector<Slot> slots(const Node& node, const std::vector<Shape>& inputs) {
  const auto& a = *node.as<Conv2d>();
  std::vector<Slot> all = {{"weight", {a.out, inputs[0][0], a.kernel.height, a.kernel.width}, Role::weight, 0, 1}};
  if (a.bias) all.push_back({"bias", {a.out}, Role::bias, 0, -1});
  return all;
}
}  // namespace

Operator operators::conv2d() {
  auto op = make_operator<Conv2d>("conv2d");
  op.channels = Channels::produce;
  op.shape = shape;
  op.macs = macs;
  op.slots = slots;
  return op;
}

}  // namespace espalier::graph
