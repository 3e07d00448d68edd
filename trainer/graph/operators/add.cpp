#include "graph/operators/add.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "graph/operators/operators.h"

namespace espalier::graph {

void Add::describe(schema::Describe<Add>& d) { d.about("sum of two inputs of one shape"); }
void Concat::describe(schema::Describe<Concat>& d) { d.about("inputs one after the other along the channels"); }

Operator operators::add() {
  auto op = make_operator<Add>("add");
  op.channels = Channels::tie;
  op.inputs_least = op.inputs_most = 2;
  op.in_place = true;
  op.shape = [](const Node& node, const std::vector<Shape>& inputs) {
    if (inputs[0] != inputs[1])
      mistake(node.origin.text(), espalier::concat("add '", node.name, "' needs equal shapes, its inputs are ",
                                                   text_of(inputs[0]), " and ", text_of(inputs[1])));
    return inputs[0];
  };
  return op;
}

Operator operators::concat() {
  auto op = make_operator<Concat>("concat");
  op.channels = Channels::concatenate;
  op.encoding = EncodingTrait::keeps;
  op.inputs_least = 2;
  op.inputs_most = 64;
  op.shape = [](const Node& node, const std::vector<Shape>& inputs) {
    Shape out = inputs[0];
    for (std::size_t i = 1; i < inputs.size(); ++i) {
      if (inputs[i].size() != out.size() || !std::equal(out.begin() + 1, out.end(), inputs[i].begin() + 1))
        mistake(node.origin.text(),
                espalier::concat("concat '", node.name, "' needs equal height and width, its inputs are ",
                                 text_of(inputs[0]), " and ", text_of(inputs[i])));
      out[0] += inputs[i][0];
    }
    return out;
  };
  return op;
}

}  // namespace espalier::graph
