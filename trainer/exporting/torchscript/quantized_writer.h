// integer::Program -> TorchScript with the quantized operators of LibTorch. PyTorch is retiring those operators: this
// file is all of it, and no further work goes into it.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "integer/program.h"

namespace espalier::exporting::torchscript {

/// The bytes of model_int8.pt: forward(x: [N, channels, height, width] float32) -> logits, float32. Convolutions and
/// linear layers are quantized::conv2d and quantized::linear; the rest computes on uint8 codes (128 above the program's
/// int8) by operators that no engine changes. Under the engine qnnpack every layer gives the bytes of the twin under
/// Arithmetic::ort_f32_even. The engine is the loading process's choice: fbgemm, onednn and x86 (PyTorch's default on
/// x86-64) round otherwise, and without VNNI their 16-bit sums saturate.
///
/// Throws Error(failed) for an instruction without an exact row in that arithmetic, for a bias that float32 cannot
/// hold, and where this LibTorch has no QNNPACK.
std::vector<std::uint8_t> write_quantized(const integer::Program& program, const std::string& front_end);

}  // namespace espalier::exporting::torchscript
