#include "integer/arithmetic.h"

#include <algorithm>
#include <string>

#include "base/error.h"

namespace espalier::integer {
namespace {

constexpr ArithmeticRow proved{true, "0 bytes differ from the runtime"};
constexpr ArithmeticRow copies{true, "moves bytes, computes nothing"};

ArithmeticRow row_of_tflm(const Instruction& instruction) {
  return std::visit(Overloaded{[](const Reshape&) { return copies; }, [](const Concatenate&) { return copies; },
                               [](const Pad&) { return copies; }, [](const auto&) { return proved; }},
                    instruction);
}

ArithmeticRow row_of_ort(const Instruction& instruction) {
  return std::visit(Overloaded{[](const Reshape&) { return copies; }, [](const Concatenate&) { return copies; },
                               [](const Pad&) { return copies; }, [](const MaxPool2d&) { return copies; },
                               [](const Softmax&) {
                                 return ArithmeticRow{
                                     false,
                                     "ONNX Runtime's softmax goes through a table of float exponentials, which the "
                                     "twin does not compute; cut the network at its logits"};
                               },
                               [](const auto&) { return proved; }},
                    instruction);
}

}  // namespace

ArithmeticRow arithmetic_row(const Instruction& instruction, Arithmetic arithmetic) {
  return arithmetic == Arithmetic::tflm ? row_of_tflm(instruction) : row_of_ort(instruction);
}

std::string_view name_of(Arithmetic arithmetic) { return arithmetic == Arithmetic::tflm ? "tflm" : "ort_f32_even"; }

bool is_exact(const Program& program, Arithmetic arithmetic) {
  return std::all_of(program.instructions.begin(), program.instructions.end(),
                     [&](const Instruction& instruction) { return arithmetic_row(instruction, arithmetic).exact; });
}

void require_exact(const Program& program, Arithmetic arithmetic) {
  for (std::size_t i = 0; i < program.instructions.size(); ++i) {
    const ArithmeticRow row = arithmetic_row(program.instructions[i], arithmetic);
    if (!row.exact)
      fail("program '" + program.name + "', instruction " + std::to_string(i) + " (" +
           std::string(name_of(program.instructions[i])) + "): the arithmetic " + std::string(name_of(arithmetic)) +
           " has no exact row for it: " + std::string(row.reason));
  }
}

}  // namespace espalier::integer
