#pragma once
#include "graph/operators/recurrent.h"

namespace espalier::graph {

/// i, f, o = sigmoid(...), g = tanh(...); c' = f c + i g; h' = o tanh(c'). Hochreiter and Schmidhuber 1997, with the
/// forget gate of Gers et al. 2000. See recurrent.h for layout and weights.
struct Lstm {
  std::int64_t hidden = 1;
  bool bidirectional = false;
  std::string output = "last", time = "auto";
  bool bias = true;
  static void describe(schema::Describe<Lstm>& d);
};

}  // namespace espalier::graph
