#pragma once
#include "graph/operators/window.h"

namespace espalier::graph {

/// Cross-correlation of each channel with a kernel of its own. Weight [channels, 1, kernel height, kernel width].
struct DepthwiseConv2d {
  schema::Pair kernel = {}, stride = {};
  Padding padding = {};
  bool bias = false;
  static void describe(schema::Describe<DepthwiseConv2d>& d);
};

}  // namespace espalier::graph
