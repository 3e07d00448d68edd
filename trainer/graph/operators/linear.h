#pragma once
#include "graph/network.h"

namespace espalier::graph {

/// y = W x + b. Weight [out, in]; the input has one axis.
struct Linear {
  std::int64_t out = 1;
  bool bias = true;
  static void describe(schema::Describe<Linear>& d);
};

}  // namespace espalier::graph
