#pragma once
#include "graph/operators/window.h"

namespace espalier::graph {

/// Cross-correlation over all input channels. Weight [out, in, kernel height, kernel width].
struct Conv2d {
  std::int64_t out = 1;
  schema::Pair kernel = {}, stride = {};
  Padding padding = {};
  bool bias = false;
  static void describe(schema::Describe<Conv2d>& d);
};

}  // namespace espalier::graph
