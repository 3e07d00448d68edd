#include "integer/storage.h"

#include "integer/weight_encoding.h"

namespace espalier::integer {
namespace {

constexpr std::int64_t word = 4;

/// `count` requantizations, each an int32 multiplier and an int8 shift.
InstructionStorage rescales(std::int64_t count) { return {0, 0, word * count, count}; }

template <class Layer>
InstructionStorage layer(const Layer& layer) {
  const auto channels = static_cast<std::int64_t>(layer.bias.size());
  InstructionStorage bytes = rescales(channels);
  bytes.weights = static_cast<std::int64_t>(layer.weights.size());
  bytes.bias = word * channels;
  return bytes;
}

}  // namespace

InstructionStorage storage_of(const Instruction& instruction) {
  return std::visit(
      Overloaded{
          [](const Conv2d& conv) { return layer(conv); }, [](const DepthwiseConv2d& conv) { return layer(conv); },
          [](const FullyConnected& full) { return layer(full); }, [](const Add&) { return rescales(3); },
          [](const Mul&) { return rescales(1); }, [](const Mean&) { return rescales(1); },
          [](const Requantize&) { return rescales(1); },
          // Besides multiplier and shift, the difference below which a probability is 0, or from which on it is 0 or 1.
          [](const Softmax&) {
            return InstructionStorage{0, 0, 2 * word, 1};
          },
          [](const Logistic&) {
            return InstructionStorage{0, 0, 2 * word, 1};
          },
          // Two multipliers of 16 bits.
          [](const HardSwish&) {
            return InstructionStorage{0, 0, word, 2};
          },
          [](const AveragePool2d&) { return InstructionStorage{}; },
          [](const MaxPool2d&) { return InstructionStorage{}; }, [](const Reshape&) { return InstructionStorage{}; },
          [](const Concatenate&) { return InstructionStorage{}; }, [](const Pad&) { return InstructionStorage{}; }},
      instruction);
}

Storage storage_of(const Program& program) {
  Storage storage;
  const std::vector<WeightEncoding> encodings = weight_encodings(program);
  for (std::size_t i = 0; i < encodings.size(); ++i) {
    storage.instructions.push_back(storage_of(program.instructions[i]));
    storage.instructions.back().weights = encodings[i].bytes();
    storage.flash_bytes += storage.instructions.back().total();
  }
  storage.arena_bytes = plan_arena(program, encodings).bytes;
  return storage;
}

}  // namespace espalier::integer
