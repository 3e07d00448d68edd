#include "integer/program.h"

namespace espalier::integer {

std::int64_t elements(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  return count;
}

std::vector<Id> inputs_of(const Instruction& instruction) {
  return std::visit(Overloaded{[](const Add& add) {
                                 return std::vector<Id>{add.left, add.right};
                               },
                               [](const Mul& mul) {
                                 return std::vector<Id>{mul.left, mul.right};
                               },
                               [](const Concatenate& concatenate) { return concatenate.inputs; },
                               [](const auto& other) { return std::vector<Id>{other.input}; }},
                    instruction);
}

Id output_of(const Instruction& instruction) {
  return std::visit([](const auto& any) { return any.output; }, instruction);
}

std::string_view name_of(const Instruction& instruction) {
  return std::visit(Overloaded{[](const Conv2d&) -> std::string_view { return "CONV_2D"; },
                               [](const DepthwiseConv2d&) -> std::string_view { return "DEPTHWISE_CONV_2D"; },
                               [](const FullyConnected&) -> std::string_view { return "FULLY_CONNECTED"; },
                               [](const Add&) -> std::string_view { return "ADD"; },
                               [](const Mul&) -> std::string_view { return "MUL"; },
                               [](const AveragePool2d&) -> std::string_view { return "AVERAGE_POOL_2D"; },
                               [](const MaxPool2d&) -> std::string_view { return "MAX_POOL_2D"; },
                               [](const Mean&) -> std::string_view { return "MEAN"; },
                               [](const Softmax&) -> std::string_view { return "SOFTMAX"; },
                               [](const Logistic&) -> std::string_view { return "LOGISTIC"; },
                               [](const HardSwish&) -> std::string_view { return "HARD_SWISH"; },
                               [](const Reshape&) -> std::string_view { return "RESHAPE"; },
                               [](const Concatenate&) -> std::string_view { return "CONCATENATION"; },
                               [](const Pad& pad) -> std::string_view { return pad.lowest ? "PADV2" : "PAD"; },
                               [](const Requantize&) -> std::string_view { return "QUANTIZE"; }},
                    instruction);
}

std::int64_t macs_of(const Program& program, const Instruction& instruction) {
  const auto outputs = [&](Id id) { return elements(program.activations[static_cast<std::size_t>(id)].shape); };
  return std::visit(
      Overloaded{[&](const Conv2d& conv) {
                   const auto channels = static_cast<std::int64_t>(conv.bias.size());
                   return outputs(conv.output) * static_cast<std::int64_t>(conv.weights.size()) / channels;
                 },
                 [&](const DepthwiseConv2d& conv) {
                   return outputs(conv.output) * conv.window.kernel_height * conv.window.kernel_width;
                 },
                 [](const FullyConnected& full) { return static_cast<std::int64_t>(full.weights.size()); },
                 [](const auto&) { return std::int64_t{0}; }},
      instruction);
}

}  // namespace espalier::integer
