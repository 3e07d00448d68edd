// Bytes that the device really stores: what the C export's arrays take, not what a compressed archive would.
#pragma once
#include <cstdint>
#include <vector>

#include "integer/program.h"

namespace espalier::integer {

/// Constants of one instruction in flash.
struct InstructionStorage {
  std::int64_t weights = 0;      ///< int8, or encoded (weight_encoding.h), tables included
  std::int64_t bias = 0;         ///< int32 each
  std::int64_t multipliers = 0;  ///< int32 each: one per channel, or what a weightless operator needs
  std::int64_t shifts = 0;       ///< int8 each
  std::int64_t total() const { return weights + bias + multipliers + shifts; }
};

struct Storage {
  std::vector<InstructionStorage> instructions;  ///< in the program's order
  std::int64_t flash_bytes = 0;                  ///< their sum: constants only, without the kernels' code
  std::int64_t arena_bytes = 0;                  ///< RAM: activations and kernels' scratch memory, from plan_arena
};

/// With int8 weights.
InstructionStorage storage_of(const Instruction& instruction);
/// With the encodings that the C export chooses.
Storage storage_of(const Program& program);

}  // namespace espalier::integer
