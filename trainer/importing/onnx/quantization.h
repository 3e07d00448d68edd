// QuantizeLinear and DequantizeLinear: q = saturate(round(x / scale) + zero_point), x = (q - zero_point) * scale.
// Source: onnx/docs/Operators.md, opset 13 to 21; rounding is to even.
#pragma once
#include "importing/onnx/arguments.h"

namespace espalier::importing::onnx {

/// Of either node for values of `shape`; the integers are uint8 where nothing says otherwise. Throws Unreadable for
/// blocks, other integers, scales that are not positive, or as many as no axis has.
Encoding encoding_of(const Arguments& arguments, const Shape& shape);

/// Of a constant: floats, as the runtime computes them in float32.
Constant dequantized(const Arguments& arguments, ExternalFiles& files);
/// Of a constant: integers.
Constant quantized(const Arguments& arguments, ExternalFiles& files);

}  // namespace espalier::importing::onnx
