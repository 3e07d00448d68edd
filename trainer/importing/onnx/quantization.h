// QuantizeLinear and DequantizeLinear: q = saturate(round(x / scale) + zero_point), x = (q - zero_point) * scale.
// Source: onnx/docs/Operators.md, opset 13 to 21; rounding is to even.
#pragma once
#include <optional>

#include "importing/onnx/arguments.h"

namespace espalier::importing::onnx {

/// Of either node for values of `shape`; the integers are uint8 where nothing says otherwise. Throws Unreadable for
/// blocks, other integers, scales that are not positive, or as many as no axis has.
Encoding encoding_of(const Arguments& arguments, const Shape& shape);

/// The activation function that a quantizer is: quantizers of models leave Relu and Clip out where saturation does the
/// same. Empty where the integers reach below 0; else a clamp at 0, and at 6 where the integers end there (within 2 %).
/// Elsewhere the upper end is what calibration saw.
std::optional<Clamp> saturation(const Encoding& encoding);

/// Of a constant: floats, as the runtime computes them in float32.
Constant dequantized(const Arguments& arguments, ExternalFiles& files);
/// Of a constant: integers.
Constant quantized(const Arguments& arguments, ExternalFiles& files);

}  // namespace espalier::importing::onnx
