#include "graph/operators/mul.h"

#include "base/error.h"
#include "base/text.h"
#include "graph/operators/operators.h"

namespace espalier::graph {

void Mul::describe(schema::Describe<Mul>& d) {
  d.about("product of two inputs of one shape, or of an image and one factor for each channel");
}

bool is_gate(const Shape& gate, const Shape& image) {
  return image.size() == 3 && gate != image && (gate == Shape{image[0]} || gate == Shape{image[0], 1, 1});
}

Operator operators::mul() {
  auto op = make_operator<Mul>("mul");
  op.channels = Channels::tie;
  op.zeros = Zeros::any;
  op.inputs_least = op.inputs_most = 2;
  op.in_place = true;
  op.shape = [](const Node& node, const std::vector<Shape>& inputs) {
    if (inputs[0] == inputs[1] || is_gate(inputs[1], inputs[0])) return inputs[0];
    if (is_gate(inputs[0], inputs[1])) return inputs[1];
    mistake(node.origin.text(),
            espalier::concat("mul '", node.name,
                             "' needs equal shapes, or {channels, height, width} and {channels}; its inputs are ",
                             text_of(inputs[0]), " and ", text_of(inputs[1])));
  };
  return op;
}

}  // namespace espalier::graph
