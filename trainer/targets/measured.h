// What a C export printed on a device, or on an emulated one.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace espalier::targets {

struct Measured {
  std::optional<std::int64_t> cycles;        ///< of one inference
  std::optional<std::int64_t> stack;         ///< in bytes
  std::optional<bool> known_answer;          ///< whether the outputs were those of the twin
  std::optional<std::int64_t> instructions;  ///< of one inference, where an emulator counted them
  std::vector<std::int64_t> layers;          ///< the same of each layer, in order; empty: not said
  std::int64_t runs = 0;                     ///< lines with cycles; `cycles` is their median
};

/// Reads lines `cycles: N`, `stack: N` (or `stack_bytes`), `known answer: passed` (or failed, with or without a
/// reason), `instructions: N`, `layer 0: N` and so on, wherever they stand among others; units behind the number are
/// ignored, terminals' carriage returns too. Throws Error(mistake) at `origin` where a number is none, or where no line
/// says anything.
Measured read_measured(const std::string& log, const std::string& origin);

}  // namespace espalier::targets
