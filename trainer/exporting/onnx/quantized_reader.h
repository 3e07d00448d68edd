// Int8 ONNX (QDQ) -> integer::Program. Parsed by the importer; shares nothing with the writer, so that what one of them
// gets wrong the other one shows.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "integer/program.h"

namespace espalier::exporting::onnx {

struct QuantizedModel {
  integer::Program program;  ///< activations in the order in which they are written, named as the dequantized values
  std::string front_end;     ///< JSON of the feature specification, or empty
};

/// Reads files whose every operator stands between DequantizeLinear and QuantizeLinear of uint8, per tensor, with
/// weights int8 and biases int32. Throws Error(mistake) with `origin` and the node for damage and for whatever a
/// Program cannot hold.
QuantizedModel read_quantized(std::span<const std::uint8_t> bytes, const std::string& origin);

}  // namespace espalier::exporting::onnx
