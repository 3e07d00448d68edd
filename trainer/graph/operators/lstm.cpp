#include "graph/operators/lstm.h"

#include "graph/operators/operators.h"

namespace espalier::graph {

void Lstm::describe(schema::Describe<Lstm>& d) {
  d.about("long short-term memory over a sequence (no int8 form)",
          "Hochreiter and Schmidhuber 1997, Neural Comp. 9(8)");
  describe_recurrent(d);
}

Operator operators::lstm() {
  auto op = make_operator<Lstm>("lstm");
  complete_recurrent(op);
  return op;
}

}  // namespace espalier::graph
