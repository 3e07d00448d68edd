// A network as ONNX with post-training dynamic quantization of its linear and recurrent layers.
#pragma once
#include <cstdint>
#include <vector>

#include "exporting/onnx/writer.h"

namespace espalier::exporting::onnx {

/// As write(), but linear and recurrent layers multiply integers: weights of 7 bits, [-64, 64] with one scale an output
/// channel, which no processor's 16-bit sums saturate; what they multiply gets the range that it has in that batch.
/// Linear: DynamicQuantizeLinear and MatMulInteger. LSTM: DynamicQuantizeLSTM of com.microsoft, an operator of ONNX
/// Runtime's own. GRU: there is none, so its steps are a Scan over the first two. What is left stays float. No twin:
/// samples of one batch share a range. Throws Error(mistake) for a network with neither.
std::vector<std::uint8_t> write_dynamic(const graph::Network& network, const Metadata& metadata);

}  // namespace espalier::exporting::onnx
