#pragma once
#include "graph/network.h"

namespace espalier::graph {

/// Elementwise sum of two inputs of one shape (a residual connection).
struct Add {
  static void describe(schema::Describe<Add>& d);
};
/// Along the channels.
struct Concat {
  static void describe(schema::Describe<Concat>& d);
};

}  // namespace espalier::graph
