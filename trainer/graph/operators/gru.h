#pragma once
#include "graph/operators/recurrent.h"

namespace espalier::graph {

/// r, z = sigmoid(...); n = tanh(W x + b + r (U h + d)); h' = (1 - z) n + z h. Cho et al. 2014, arXiv:1406.1078, in the
/// form that cuDNN and PyTorch compute. See recurrent.h for layout and weights.
struct Gru {
  std::int64_t hidden = 1;
  bool bidirectional = false;
  std::string output = "last", time = "auto";
  bool bias = true;
  static void describe(schema::Describe<Gru>& d);
};

}  // namespace espalier::graph
