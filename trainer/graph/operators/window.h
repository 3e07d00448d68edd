// Kernel windows: padding and output extents, shared by convolutions and pools.
#pragma once
#include <cstdint>

#include "graph/network.h"
#include "schema/readers.h"

namespace espalier::graph {

/// `same` (as TensorFlow: the odd element goes to the bottom and the right), `valid`, or [top, bottom, left, right].
struct Padding {
  enum class Mode { same, valid, explicit_ } mode = Mode::valid;
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;  ///< only in mode explicit_
  static Padding same() { return {Mode::same}; }
};

/// In elements; `padding` is resolved.
struct Placement {
  std::int64_t out_height = 0, out_width = 0;
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;
  bool symmetric() const { return top == bottom && left == right; }
  bool padded() const { return top || bottom || left || right; }
};

/// Where a window lands on `input` {channels, height, width}. Throws Error(mistake) with the node's origin when it does
/// not fit.
Placement place(const Node& node, const Shape& input, const schema::Pair& kernel, const schema::Pair& stride,
                const Padding& padding);

/// Throws Error(mistake) unless `input` is {channels, height, width}.
void expect_image(const Node& node, const Shape& input);

}  // namespace espalier::graph
