#pragma once
#include "graph/network.h"

namespace espalier::graph {

/// x * min(max(x + 3, 0), 6) / 6.
struct HardSwish {
  static void describe(schema::Describe<HardSwish>& d);
};

}  // namespace espalier::graph
