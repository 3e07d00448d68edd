#pragma once
#include "graph/network.h"

namespace espalier::graph {

/// min(max(x / 6 + 1/2, 0), 1).
struct HardSigmoid {
  static void describe(schema::Describe<HardSigmoid>& d);
};

}  // namespace espalier::graph
