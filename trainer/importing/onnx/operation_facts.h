// What the reader asks of the operations that it has read.
#pragma once
#include <cstddef>

#include "importing/draft.h"

namespace espalier::importing::onnx {

/// Bytes of weights that a step holds.
struct Weights {
  std::size_t operator()(const Convolution& op) const { return op.weight.bytes.size(); }
  std::size_t operator()(const FullyConnected& op) const { return op.weight.bytes.size(); }
  std::size_t operator()(const BatchNormalization& op) const { return 4 * op.gamma.bytes.size(); }
  std::size_t operator()(const Recurrence& op) const {
    std::size_t bytes = 0;
    for (const auto& direction : op.directions)
      bytes += direction.input_weight.bytes.size() + direction.recurrent_weight.bytes.size();
    return bytes;
  }
  template <class Other>
  std::size_t operator()(const Other&) const {
    return 0;
  }
};

/// Whether the operation's results are never negative; `inputs`: whether its inputs are.
struct AtLeastZero {
  bool inputs;
  bool operator()(const Clamp& op) const { return op.low >= 0 || (inputs && op.high >= 0); }
  bool operator()(const Pad& op) const { return inputs && op.value >= 0; }
  bool operator()(const Affine& op) const { return inputs && op.factor >= 0 && op.offset >= 0; }
  bool operator()(const Sigmoid&) const { return true; }
  bool operator()(const HardSigmoid&) const { return true; }
  bool operator()(const Convolution&) const { return false; }
  bool operator()(const FullyConnected&) const { return false; }
  bool operator()(const BatchNormalization&) const { return false; }
  bool operator()(const Recurrence&) const { return false; }
  template <class Other>
  bool operator()(const Other&) const {
    return inputs;
  }
};

}  // namespace espalier::importing::onnx
