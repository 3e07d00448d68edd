// integer::Program -> ONNX in QDQ form, which ONNX Runtime fuses into integer operators.
#pragma once
#include <cstdint>
#include <vector>

#include "exporting/onnx/writer.h"
#include "integer/program.h"

namespace espalier::exporting::onnx {

/// The bytes of an int8 model.onnx: opset 13 (14 with a hard swish), channels first, float32 input and output under the
/// names of the program's, an open batch axis. Every activation is a QuantizeLinear and DequantizeLinear pair of its
/// own encoding; it is uint8, 128 above the program's int8, since only then ONNX Runtime fuses a tensor that two
/// operators read. Weights are int8 per channel (axis 0), biases int32 at scale_input * scale_weight. Labels travel as
/// metadata. The same program gives the same bytes.
///
/// With session.x64quantprecision=1, on aarch64, on x86 with VNNI, or where no weight exceeds reduced_range, ONNX
/// Runtime computes the bytes of the twin under Arithmetic::ort_f32_even. Elsewhere on x86 its 16-bit sums saturate.
///
/// Throws Error(failed) for an instruction without an exact row in that arithmetic, with the reason.
std::vector<std::uint8_t> write_quantized(const integer::Program& program, const Metadata& metadata);

/// Largest |weight| whose products with two bytes cannot saturate 16 bits: 2 * 255 * 64 < 2^15.
inline constexpr int reduced_range = 64;
/// Of all layers.
int largest_weight(const integer::Program& program);
/// Where the file computes what its twin does, and where not: one paragraph for its users.
std::string loading_note(const integer::Program& program);

}  // namespace espalier::exporting::onnx
