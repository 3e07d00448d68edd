#include "graph/operators/flatten.h"

#include "graph/operators/operators.h"

namespace espalier::graph {

void Flatten::describe(schema::Describe<Flatten>& d) { d.about("all axes into one, channels outermost"); }
void Dropout::describe(schema::Describe<Dropout>& d) {
  d.about("zeroes activations at random in training", "Srivastava et al. 2014, JMLR 15");
  d.key("p", &Dropout::p, "probability of zero").range(0, 0.99);
}
void Input::describe(schema::Describe<Input>& d) {
  d.about("the data");
  d.key("shape", &Input::shape, "channels, height, width").must();
}

Operator operators::flatten() {
  auto op = make_operator<Flatten>("flatten");
  op.channels = Channels::flatten;
  op.encoding = EncodingTrait::keeps;
  op.in_place = true;
  op.shape = [](const Node&, const std::vector<Shape>& inputs) { return Shape{elements(inputs[0])}; };
  return op;
}

Operator operators::dropout() {
  auto op = make_operator<Dropout>("dropout");
  op.encoding = EncodingTrait::none;
  op.in_place = true;
  return op;
}

Operator operators::input() {
  auto op = make_operator<Input>("input");
  op.channels = Channels::source;
  op.inputs_least = op.inputs_most = 0;
  op.shape = [](const Node& node, const std::vector<Shape>&) { return node.as<Input>()->shape; };
  return op;
}

}  // namespace espalier::graph
