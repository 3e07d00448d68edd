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

/// Buffers after merging what shares bytes, and for each activation the index of its buffer.
struct Lifetimes {
  std::vector<Buffer> buffers;
  std::vector<std::size_t> buffer_of;
};

struct ArenaPlan {
  std::vector<std::int64_t> offsets;  ///< per activation, multiples of arena_alignment; in-place activations share one
  /// Per instruction, as an offset: where its kernel's scratch memory lies; 0 where it takes none.
  std::vector<std::int64_t> scratch;
  std::int64_t bytes = 0;
  std::size_t peak_instruction = 0;  ///< the first during which the most bytes are alive
  std::int64_t peak_bytes = 0;       ///< alive during it: no plan that shares the same bytes can be smaller
  std::vector<std::int64_t> alive;   ///< bytes alive during each instruction
  Lifetimes placed;                  ///< what lies there; buffers behind those of activations are scratch memory
};

/// What may lie in the same bytes, each with those before it: a Reshape and its input; what is computed element by
/// element over an input of its size; convolutions over one, as the kernels of device_runtime can.
enum class Sharing { views, elementwise, windows };

/// The inputs over which the instruction may write, were they to die there; empty: none. (Reshape writes nothing.)
std::vector<Id> overwritable(const Program& program, const Instruction& instruction, Sharing sharing);

/// Bytes that the kernel of an instruction wants beside its input and output while it runs; nothing is kept in them.
/// Where it writes over its input, a plan adds what that takes more.
std::int64_t scratch_bytes(const Program& program, const Instruction& instruction);

/// The program's input lives from instruction 0, its output to the end. What `sharing` allows to write over an input
/// does so where nothing reads that input afterwards; Mul over its left one. `elsewhere`: instructions that write over
/// nothing all the same; empty: none.
Lifetimes lifetimes_of(const Program& program, Sharing sharing = Sharing::windows,
                       const std::vector<bool>& elsewhere = {});

/// Offsets so that buffers alive at once never overlap. Greedy by size as TFLite Micro's planner (Pisarchyk and Lee,
/// "Efficient Memory Management for Deep Neural Net Inference", 2020) or by three other orders, then, where that misses
/// the lower bound and there are at most nine buffers, the best first-fit order of all, which is optimal. Never larger
/// than the plan that is greedy by size.
std::vector<std::int64_t> place(const std::vector<Buffer>& buffers);

/// For the kernels of device_runtime, their scratch memory included.
ArenaPlan plan_arena(const Program& program);
/// `scratch`: bytes that each instruction's kernel works in while it runs; empty: none does. Shares what `most` allows
/// or, where that packs better, less. TFLite Micro keeps scratch memory outside of the plan and writes windows
/// elsewhere: plan_arena(program, {}, Sharing::elementwise).
ArenaPlan plan_arena(const Program& program, const std::vector<std::int64_t>& scratch, Sharing most = Sharing::windows,
                     const std::vector<bool>& elsewhere = {});

}  // namespace espalier::integer
