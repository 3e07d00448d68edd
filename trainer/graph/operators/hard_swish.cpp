#include "graph/operators/hard_swish.h"

#include "graph/operators/operators.h"

namespace espalier::graph {

void HardSwish::describe(schema::Describe<HardSwish>& d) {
  d.about("x * min(max(x + 3, 0), 6) / 6", "Howard et al. 2019, arXiv:1905.02244");
}

Operator operators::hard_swish() {
  auto op = make_operator<HardSwish>("hard_swish");
  op.channels = Channels::pass;
  op.in_place = true;
  return op;
}

}  // namespace espalier::graph
