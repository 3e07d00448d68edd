#include "graph/operators/depthwise_conv2d.h"

#include "graph/operators/operators.h"

namespace espalier::graph {

void DepthwiseConv2d::describe(schema::Describe<DepthwiseConv2d>& d) {
  d.about("depthwise 2-D convolution, one kernel a channel");
  d.key("kernel", &DepthwiseConv2d::kernel, "window").range(1, 1024).must();
  d.key("stride", &DepthwiseConv2d::stride, "step of the window").range(1, 1024);
  d.key("padding", &DepthwiseConv2d::padding, "around the input");
  d.key("bias", &DepthwiseConv2d::bias, "adds a bias; not needed before batch_norm");
}

namespace {
Shape shape(const Node& node, const std::vector<Shape>& inputs) {
  const auto& a = *node.as<DepthwiseConv2d>();
  const auto at = place(node, inputs[0], a.kernel, a.stride, a.padding);
  return {inputs[0][0], at.out_height, at.out_width};
}
std::int64_t macs(const Node& node, const std::vector<Shape>&) {
  const auto& a = *node.as<DepthwiseConv2d>();
  return elements(node.shape) * a.kernel.height * a.kernel.width;
}
std::vector<Slot> slots(const Node& node, const std::vector<Shape>& inputs) {
  const auto& a = *node.as<DepthwiseConv2d>();
  std::vector<Slot> all = {{"weight", {inputs[0][0], 1, a.kernel.height, a.kernel.width}, Role::weight, 0, -1}};
  if (a.bias) all.push_back({"bias", {inputs[0][0]}, Role::bias, 0, -1});
  return all;
}
}  // namespace

Operator operators::depthwise_conv2d() {
  auto op = make_operator<DepthwiseConv2d>("depthwise_conv2d");
  op.channels = Channels::pass;
  op.shape = shape;
  op.macs = macs;
  op.slots = slots;
  return op;
}

}  // namespace espalier::graph
