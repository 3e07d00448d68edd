// keyword_stream.h and keyword_stream.c of the C export: from blocks of sound to keywords.
#pragma once
#include <cstdint>
#include <string>

#include "exporting/c/writer.h"

namespace espalier::exporting::c {

struct KeywordStreamSource {
  std::string header, source;
};

/// `output_offset`: where in the arena the program's output lies. Throws Error(failed) where the settings are not the
/// detector's (device_runtime/keyword_detector.h) or not one for each of the program's outputs.
KeywordStreamSource keyword_stream_source(const integer::Program& program, const AudioFrontEnd& front_end,
                                          const KeywordSettings& settings, std::int64_t output_offset,
                                          const std::string& name);

}  // namespace espalier::exporting::c
