// front_end.h and front_end.c of the C export for sampled series: from rows of samples to the program's int8 input.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "device_runtime/series_frontend.h"
#include "exporting/c/front_end_source.h"

namespace espalier::exporting::c {

/// Throws Error(failed) when the specification is not sound or does not give the program's input.
FrontEndSource series_source(const integer::Program& program, const SeriesFrontEnd& front_end, const std::string& name);

/// RAM of a `front_end`: its samples, and about 32 bytes beside them.
std::int64_t series_ring_bytes(const SeriesFrontEnd& front_end);

/// What the front end makes of the last window of a window and a half of test_signal: [window][channels].
std::vector<std::int8_t> series_test_input(const integer::Program& program, const SeriesFrontEnd& front_end);

}  // namespace espalier::exporting::c
