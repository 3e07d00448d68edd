#include "graph/operators/hard_sigmoid.h"

#include "graph/operators/operators.h"

namespace espalier::graph {

void HardSigmoid::describe(schema::Describe<HardSigmoid>& d) {
  d.about("x / 6 + 1/2 within [0, 1]: gates", "Howard et al. 2019, arXiv:1905.02244");
}

Operator operators::hard_sigmoid() {
  auto op = make_operator<HardSigmoid>("hard_sigmoid");
  op.channels = Channels::pass;
  op.encoding = EncodingTrait::fixed;
  op.fixed = {1.0f / 255, -128};  // ends where the function does, so that saturation is its clamp
  op.zeros = Zeros::never;
  op.in_place = true;
  return op;
}

}  // namespace espalier::graph
