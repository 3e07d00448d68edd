#include "graph/operators/gru.h"

#include "graph/operators/operators.h"

namespace espalier::graph {

void Gru::describe(schema::Describe<Gru>& d) {
  d.about("gated recurrent unit over a sequence (no int8 form)", "Cho et al. 2014, arXiv:1406.1078");
  describe_recurrent(d);
}

Operator operators::gru() {
  auto op = make_operator<Gru>("gru");
  complete_recurrent(op);
  return op;
}

}  // namespace espalier::graph
