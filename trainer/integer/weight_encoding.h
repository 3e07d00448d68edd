// How a layer's weights lie in flash: as int8, or in fewer bits that the kernels of device_runtime/encoded_s8.h decode
// as they go.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "integer/arena.h"
#include "integer/program.h"

namespace espalier::integer {

/// Codes of `bits` bits, two's complement or, with a table, indices into it; `sparse`: of the weights that are not
/// zero, after a bit for each weight or between the lengths of the runs of zeros. The stream's format is
/// device_runtime/encoded_s8.h's.
struct WeightEncoding {
  bool plain = true;  ///< int8, one byte each, not encoded; the rest is meaningless
  bool sparse = false;
  std::int32_t run_bits = 0;  ///< of a run's length; 0: no runs
  std::int32_t bits = 8;
  std::vector<std::int8_t> table;  ///< at most 16 values, ascending; empty: none
  std::vector<std::uint8_t> stream;
  std::int64_t count = 0;  ///< of weights

  /// In flash, table included.
  std::int64_t bytes() const;
  /// "int8", "int4", "shared 4 bits", "sparse int8", "run-length shared 3 bits".
  std::string name() const;
};

/// The encoding of the fewest bytes, unless a faster one takes only a little more: int8 before packed before shared
/// before sparse; each slower one has to save a further sixteenth of the int8 bytes. Among sparse ones a 64th: a bitmap
/// while few weights are zero, runs from about three quarters on.
WeightEncoding encode(std::span<const std::int8_t> weights);
/// The weights again; what the kernels' decoders give.
std::vector<std::int8_t> decode(const WeightEncoding& encoding);

/// A layer's weights in the order of its stream: DepthwiseConv2d in blocks of channels, others as they are. Empty for
/// an instruction without weights.
std::vector<std::int8_t> stream_order(const Instruction& instruction);

/// One per instruction, plain where there are no weights. All plain where the encodings together save less than their
/// decoders' code takes.
std::vector<WeightEncoding> weight_encodings(const Program& program);

/// The arena of a device that keeps its weights so: kernels' scratch memory holds the weights that are decoded at the
/// time, and of convolutions whose weights are encoded only those of 1 x 1 write over their input.
ArenaPlan plan_arena(const Program& program, const std::vector<WeightEncoding>& encodings);

}  // namespace espalier::integer
