// Which operators the twin computes exactly as a runtime does, and who proved it.
#pragma once
#include <string_view>

#include "integer/program.h"

namespace espalier::integer {

struct ArithmeticRow {
  bool exact = false;
  std::string_view reason;  ///< why it is refused, or what the proof covers
};

/// The row of an operator. Every exact row is proved by tests/runtimes/prove_rows (at least 100,000 random outputs over
/// at least 20 random shapes and scales, no byte different): tflm against tflite-micro 0.dev20261023182759 (reference
/// kernels, x86-64), ort_f32_even against onnxruntime 1.32.0 (QDQ models, session.x64quantprecision=1, x86-64 with
/// FMA3, graph optimization EXTENDED).
ArithmeticRow arithmetic_row(const Instruction& instruction, Arithmetic arithmetic);

/// "tflm", "ort_f32_even".
std::string_view name_of(Arithmetic arithmetic);

/// Whether every instruction has an exact row.
bool is_exact(const Program& program, Arithmetic arithmetic);

/// Throws Error(failed) that names the first instruction of `program` without an exact row.
void require_exact(const Program& program, Arithmetic arithmetic);

}  // namespace espalier::integer
