// A network as ONNX with post-training dynamic quantization of its linear layers.
#pragma once
#include <cstdint>
#include <vector>

#include "exporting/onnx/writer.h"

namespace espalier::exporting::onnx {

/// As write(), but every linear layer multiplies integers: DynamicQuantizeLinear gives its input the range that it has
/// in that batch, MatMulInteger multiplies by weights of 7 bits, [-64, 64] with one scale an output channel, which no
/// processor's 16-bit sums saturate. What is left stays float. No twin: samples of one batch share a range. Throws
/// Error(mistake) for a network without a linear layer.
std::vector<std::uint8_t> write_dynamic(const graph::Network& network, const Metadata& metadata);

}  // namespace espalier::exporting::onnx
