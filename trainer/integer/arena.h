// Where each activation lives in the device's RAM.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "integer/program.h"

namespace espalier::integer {

constexpr std::int64_t arena_alignment = 16;

/// A block of memory that several activations may share one after the other. [first, last] are the instructions during
/// which its bytes must stay: from the one that writes it to the last one that reads it, both included.
struct Buffer {
  std::int64_t bytes = 0;  ///< rounded up to arena_alignment
  std::int32_t first = 0, last = 0;
};

struct ArenaPlan {
  std::vector<std::int64_t> offsets;  ///< per activation, multiples of arena_alignment; in-place activations share one
  /// Per instruction, as an offset: where its kernel's scratch memory lies; 0 where it takes none.
  std::vector<std::int64_t> scratch;
  std::int64_t bytes = 0;
  std::size_t peak_instruction = 0;  ///< the first during which the most bytes are alive
  std::int64_t peak_bytes = 0;       ///< alive during it: no plan can be smaller
};

/// Buffers after merging what runs in place, and for each activation the index of its buffer.
struct Lifetimes {
  std::vector<Buffer> buffers;
  std::vector<std::size_t> buffer_of;
};

/// Bytes that the kernel of an instruction wants beside its input and output while it runs; nothing is kept in them.
std::int64_t scratch_bytes(const Program& program, const Instruction& instruction);

/// The program's input lives from instruction 0, its output to the end. Reshape shares its input's bytes; Add, Softmax,
/// Logistic, HardSwish and Requantize write over an input that nothing reads afterwards, Mul over its left one;
/// `windows_in_place`: also depthwise and 1 x 1 convolutions over one of equal size, as the kernels of device_runtime
/// can.
Lifetimes lifetimes_of(const Program& program, bool windows_in_place = true);

/// Offsets so that buffers alive at once never overlap. Greedy by size as TFLite Micro's planner (Pisarchyk and Lee,
/// "Efficient Memory Management for Deep Neural Net Inference", 2020), then, where that misses the lower bound and
/// there are at most nine buffers, the best first-fit order of all, which is optimal. Never larger than the greedy
/// plan.
std::vector<std::int64_t> place(const std::vector<Buffer>& buffers);

/// For the kernels of device_runtime.
ArenaPlan plan_arena(const Program& program);
/// `scratch`: bytes that each instruction's kernel works in while it runs; empty: none does. TFLite Micro, which keeps
/// scratch memory outside of the plan and writes windows elsewhere: plan_arena(program, {}, false).
ArenaPlan plan_arena(const Program& program, const std::vector<std::int64_t>& scratch, bool windows_in_place = true);

}  // namespace espalier::integer
