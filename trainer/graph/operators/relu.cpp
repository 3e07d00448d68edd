#include "graph/operators/relu.h"

#include "graph/operators/operators.h"

namespace espalier::graph {

void Relu::describe(schema::Describe<Relu>& d) { d.about("max(x, 0); fuses into the layer before it"); }
void Relu6::describe(schema::Describe<Relu6>& d) { d.about("min(max(x, 0), 6); fuses into the layer before it"); }

namespace {
template <class Attributes>
Operator activation(const char* key) {
  auto op = make_operator<Attributes>(key);
  op.channels = Channels::pass;
  op.encoding = EncodingTrait::clamp;
  op.in_place = true;
  return op;
}
}  // namespace

Operator operators::relu() { return activation<Relu>("relu"); }
Operator operators::relu6() { return activation<Relu6>("relu6"); }

}  // namespace espalier::graph
