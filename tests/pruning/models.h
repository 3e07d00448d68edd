// Small networks with every kind of channel coupling, and what their float output is.
#pragma once
#include <string>

#include "compression/fake_model.h"

namespace espalier::testing {

/// Convolution, depthwise, residual addition, concatenation, flattening.
inline const std::string branchy = R"(
name: branchy
layers:
  - { type: conv2d, name: stem, out: 16, kernel: 3 }
  - batch_norm
  - relu
  - { type: depthwise_conv2d, name: depthwise, kernel: 3, padding: same }
  - batch_norm
  - relu
  - { type: conv2d, name: left, out: 16, kernel: 1, bias: true }
  - { type: add, name: sum, inputs: [left, stem.relu] }
  - relu
  - { type: conv2d, name: right, out: 8, kernel: 1 }
  - { type: batch_norm }
  - { type: concat, name: both, inputs: [sum.relu, right.batch_norm] }
  - { type: conv2d, name: mix, out: 12, kernel: 1, stride: 2 }
  - { type: batch_norm }
  - relu
  - flatten
  - { type: linear, name: hidden, out: 20 }
  - relu
  - { type: linear, name: head, out: classes }
)";

/// A chain of convolutions: stem 16, middle 32, last 16.
inline const std::string chain = R"(
name: chain
layers:
  - { type: conv2d, name: stem, out: 16, kernel: 3 }
  - batch_norm
  - relu
  - { type: conv2d, name: middle, out: 32, kernel: 3 }
  - batch_norm
  - relu
  - { type: conv2d, name: last, out: 16, kernel: 1 }
  - batch_norm
  - relu
  - global_average_pool
  - { type: linear, name: head, out: classes }
)";

}  // namespace espalier::testing
