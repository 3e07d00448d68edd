#pragma once
#include "graph/network.h"

namespace espalier::graph {

/// y = gamma * (x - mean) / sqrt(variance + epsilon) + beta for each channel (Ioffe & Szegedy 2015, arXiv:1502.03167).
struct BatchNorm {
  double epsilon = 1e-5;  ///< added to the variance
  double momentum = 0.1;  ///< of the running statistics: running += momentum * (batch - running)
  static void describe(schema::Describe<BatchNorm>& d);
};

}  // namespace espalier::graph
