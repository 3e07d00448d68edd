#include "graph/operators/pool2d.h"

#include "graph/operators/operators.h"

namespace espalier::graph {
namespace {
template <class Pool>
void describe_pool(schema::Describe<Pool>& d) {
  d.key("kernel", &Pool::kernel, "window").range(1, 1024).must();
  d.key("stride", &Pool::stride, "step of the window").range(1, 1024);
  d.key("padding", &Pool::padding, "around the input; never counted");
}
template <class Pool>
Operator pool(const char* key) {
  auto op = make_operator<Pool>(key);
  op.channels = Channels::pass;
  op.encoding = EncodingTrait::keeps;
  op.shape = [](const Node& node, const std::vector<Shape>& inputs) -> Shape {
    const auto& a = *node.as<Pool>();
    const auto at = place(node, inputs[0], a.kernel, a.stride, a.padding);
    return {inputs[0][0], at.out_height, at.out_width};
  };
  return op;
}
}  // namespace

void AveragePool2d::describe(schema::Describe<AveragePool2d>& d) {
  d.about("mean over a window");
  describe_pool(d);
}
void MaxPool2d::describe(schema::Describe<MaxPool2d>& d) {
  d.about("largest of a window");
  describe_pool(d);
}
void GlobalAveragePool::describe(schema::Describe<GlobalAveragePool>& d) {
  d.about("mean of each channel; leaves one axis");
}

Operator operators::average_pool2d() { return pool<AveragePool2d>("average_pool2d"); }
Operator operators::max_pool2d() { return pool<MaxPool2d>("max_pool2d"); }

Operator operators::global_average_pool() {
  auto op = make_operator<GlobalAveragePool>("global_average_pool");
  op.channels = Channels::pass;
  op.encoding = EncodingTrait::own;
  op.shape = [](const Node& node, const std::vector<Shape>& inputs) -> Shape {
    expect_image(node, inputs[0]);
    return {inputs[0][0]};
  };
  return op;
}

}  // namespace espalier::graph
