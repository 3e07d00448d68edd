#pragma once
#include "graph/operators/window.h"

namespace espalier::graph {

/// Mean over a window; padding does not count.
struct AveragePool2d {
  schema::Pair kernel = {}, stride = {};
  Padding padding = {};
  static void describe(schema::Describe<AveragePool2d>& d);
};
struct MaxPool2d {
  schema::Pair kernel = {}, stride = {};
  Padding padding = {};
  static void describe(schema::Describe<MaxPool2d>& d);
};
/// {channels, height, width} -> {channels}: the mean of each channel.
struct GlobalAveragePool {
  static void describe(schema::Describe<GlobalAveragePool>& d);
};

}  // namespace espalier::graph
