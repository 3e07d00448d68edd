#pragma once
#include "graph/network.h"

namespace espalier::graph {

/// Elementwise product of two inputs of one shape, or of an image {channels, height, width} and a gate, one factor for
/// each channel: {channels} or {channels, 1, 1}. In either order.
struct Mul {
  static void describe(schema::Describe<Mul>& d);
};

/// Whether `gate` holds one factor for each channel of `image`, and is not the image's shape itself.
bool is_gate(const Shape& gate, const Shape& image);

}  // namespace espalier::graph
