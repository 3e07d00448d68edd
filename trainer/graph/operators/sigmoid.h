#pragma once
#include "graph/network.h"

namespace espalier::graph {

/// 1 / (1 + exp(-x)).
struct Sigmoid {
  static void describe(schema::Describe<Sigmoid>& d);
};

}  // namespace espalier::graph
