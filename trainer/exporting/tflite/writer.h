// integer::Program -> .tflite bytes.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "exporting/tflite/metadata.h"
#include "integer/program.h"

namespace espalier::exporting::tflite {

/// Ends the name of an activation that the writer adds between a PAD and the window that TFLite cannot pad itself.
inline constexpr std::string_view padded_suffix = "::padded";

/// The program as a TFLite flatbuffer (schema version 3, one subgraph, batch 1). Tensor i is activation i; constants
/// and padded activations follow. The same program gives the same bytes. Program::labels travel as metadata. Padding
/// that is neither SAME nor VALID becomes a PAD operator filled with the zero point, which computes the same bytes but
/// takes room in the arena. The arena plan travels along, unless a PAD was added, so that TensorFlow Lite Micro need
/// not make a larger one. metadata.min_runtime_version and arena_offsets are computed, what the caller set is ignored.
/// Throws Error(failed) for a pool whose padding TFLite cannot express and for names that end in padded_suffix.
std::vector<std::uint8_t> write(const integer::Program& program, const Metadata& metadata = {});

}  // namespace espalier::exporting::tflite
