// What ONNX Runtime computes in float32 between two encodings, for the arithmetic ort_f32_even: it runs on hosts only,
// so that it is C++ here and no kernel of device_runtime. Activations are uint8 there, 128 above the program's int8.
#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "integer/program.h"

namespace espalier::integer {

/// The output's byte for each byte of the input, from -128 on.
using ByteTable = std::array<std::int8_t, 256>;

/// x, in another encoding: q = rint(x / scale) + zero point, saturated.
ByteTable requantize_table(const Activation& input, const Activation& output);
/// 1 / (1 + exp(-x)) by the rational function of MLAS (logistic.cpp), with fused multiplications and additions, as it
/// runs on processors that have them (FMA3, aarch64).
ByteTable logistic_table(const Activation& input, const Activation& output);
/// x * max(0, min(1, x / 6 + 0.5)), each operation rounded to float32, as ONNX defines HardSwish (opset 14).
ByteTable hard_swish_table(const Activation& input, const Activation& output);

/// The mean of what lies inside the window, summed as float32 in the order of rows and columns, clamped to `range`.
/// Input and output share one encoding.
void average_pool_in_float(const std::int8_t* input, const AveragePool2d& pool, const Program& program,
                           std::int8_t* output);

}  // namespace espalier::integer
