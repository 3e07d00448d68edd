#include "graph/operators/sigmoid.h"

#include "graph/operators/operators.h"

namespace espalier::graph {

void Sigmoid::describe(schema::Describe<Sigmoid>& d) { d.about("1 / (1 + exp(-x)): gates, x * sigmoid(x)"); }

Operator operators::sigmoid() {
  auto op = make_operator<Sigmoid>("sigmoid");
  op.channels = Channels::pass;
  op.encoding = EncodingTrait::fixed;
  op.fixed = {1.0f / 256, -128};  // what every int8 runtime's kernel writes
  op.zeros = Zeros::never;
  op.in_place = true;
  return op;
}

}  // namespace espalier::graph
