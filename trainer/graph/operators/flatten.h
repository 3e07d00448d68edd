#pragma once
#include "graph/network.h"

namespace espalier::graph {

/// Any shape -> one axis, channels outermost (as PyTorch).
struct Flatten {
  static void describe(schema::Describe<Flatten>& d);
};
/// Zeroes activations at random in training, scales the rest by 1/(1-p); nothing at inference.
struct Dropout {
  double p = 0.2;
  static void describe(schema::Describe<Dropout>& d);
};
/// The data; its shape comes from there.
struct Input {
  std::vector<std::int64_t> shape;
  static void describe(schema::Describe<Input>& d);
};

}  // namespace espalier::graph
