// front_end.h and front_end.c of the C export: from sound to the program's int8 input.
#pragma once
#include <cstdint>
#include <vector>

#include "exporting/c/writer.h"

namespace espalier::exporting::c {

struct FrontEndSource {
  std::string header, source;  ///< front_end.h, front_end.c
};

/// `work_offset`: where in the arena the front end may work while it writes the input. Throws Error(failed) when the
/// specification is not sound or does not give the program's input.
FrontEndSource front_end_source(const integer::Program& program, const AudioFrontEnd& front_end,
                                std::int64_t work_offset, const std::string& name);

/// RAM that it works in, in bytes, a multiple of 4.
std::int64_t front_end_work_bytes(const AudioFrontEnd& front_end);

/// The constant `tables` of the front end's kernels and what it points to, as C: an espalier_audio_fixed, or an
/// espalier_audio_float where it computes in floats. Throws Error(failed) when the specification is not sound or gives
/// another number of features than `elements`.
std::string front_end_tables(const AudioFrontEnd& front_end, std::int64_t elements);
/// The constant `quantizer` of an int8 input's encoding, as C.
std::string quantizer_source(float scale, std::int32_t zero_point);
/// Rows of one input.
std::int64_t front_end_frames(const AudioFrontEnd& front_end);

/// Sample `index` of the signal on which the front end is tested: a tone whose pitch rises, some noise. In integers, so
/// that the device makes the same.
std::int16_t test_signal(std::uint32_t index);
/// What the front end makes of it, by the kernels on this machine: [frames][features].
std::vector<std::int8_t> test_features(const integer::Program& program, const AudioFrontEnd& front_end);

}  // namespace espalier::exporting::c
