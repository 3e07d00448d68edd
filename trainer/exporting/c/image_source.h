// front_end.h and front_end.c of the C export for pictures: from a camera's frame to the program's int8 input.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "exporting/c/front_end_source.h"

namespace espalier::exporting::c {

/// The test's frame: noise in RGB565.
constexpr std::int64_t image_test_width = 40, image_test_height = 30;

/// Throws Error(failed) when the specification is not sound or does not give the program's input.
FrontEndSource image_source(const integer::Program& program, const ImageFrontEnd& front_end, const std::string& name);

/// The int8 code of each pixel value, by the device's own quantizer: [channels][256].
std::vector<std::int8_t> image_codes(const integer::Program& program, const ImageFrontEnd& front_end);

/// What the front end makes of the test's frame: [height][width][channels].
std::vector<std::int8_t> image_test_input(const integer::Program& program, const ImageFrontEnd& front_end);

}  // namespace espalier::exporting::c
