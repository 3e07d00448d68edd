#pragma once
#include "graph/network.h"

namespace espalier::graph {

struct Relu {
  static void describe(schema::Describe<Relu>& d);
};
struct Relu6 {
  static void describe(schema::Describe<Relu6>& d);
};

}  // namespace espalier::graph
