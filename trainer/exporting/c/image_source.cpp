#include "exporting/c/image_source.h"

#include <fmt/core.h>

#include "base/error.h"
#include "device_runtime/audio_frontend_tables.h"
#include "exporting/c/c_text.h"
#include "exporting/c/runtime_files.h"

namespace espalier::exporting::c {
namespace {

const integer::Activation& input_of(const integer::Program& program) {
  return program.activations[static_cast<std::size_t>(program.input)];
}

void check_front_end(const integer::Program& program, const ImageFrontEnd& front_end) {
  const auto& spec = front_end.spec;
  if (const auto status = espalier_image_check(&spec); status != ESPALIER_IMAGE_OK)
    fail(fmt::format("the front end cannot be exported as C: {}", espalier_image_status_text(status)));
  const auto wanted = std::int64_t{spec.width} * spec.height * spec.channels;
  if (wanted != integer::elements(input_of(program).shape))
    fail(fmt::format("the front end gives {} numbers, the network takes {}", wanted,
                     integer::elements(input_of(program).shape)));
  if (static_cast<std::int64_t>(front_end.levels.size()) != 256 * spec.channels)
    fail("the front end has no level for each pixel value");
}

std::string tables_text(const integer::Program& program, const ImageFrontEnd& front_end) {
  const auto& s = front_end.spec;
  const auto codes = image_codes(program, front_end);
  std::string all = fmt::format("static const espalier_image_spec spec = {{{}, {}, {}, {}, {}, {}}};\n", s.width,
                                s.height, s.channels, s.order, s.fit, s.filter);
  all += fmt::format(
      "/* The input of each pixel value: normalised and quantized. */\nstatic const int8_t codes[{}][256] = {{",
      s.channels);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (i % 256 == 0) all += i == 0 ? "\n    {" : "},\n    {";
    all += fmt::format("{}{}", i % 256 == 0 ? "" : i % 24 == 0 ? ",\n     " : ", ", codes[i]);
  }
  return all + "}};\n";
}

std::string image_text(const espalier_image_spec& s) {
  return fmt::format("{} of the frame, {} {} x {} pixels ({}), {}.",
                     s.fit == ESPALIER_FIT_CROP ? "The largest centred part of the input's proportions" : "The whole",
                     s.filter == ESPALIER_FILTER_AREA ? "averaged to" : "interpolated to", s.width, s.height,
                     s.filter == ESPALIER_FILTER_AREA ? "area" : "bilinear",
                     s.channels == 1                 ? "in gray"
                     : s.order == ESPALIER_ORDER_BGR ? "blue, green, red"
                                                     : "red, green, blue");
}

}  // namespace

std::vector<std::int8_t> image_codes(const integer::Program& program, const ImageFrontEnd& front_end) {
  const auto quantizer = device_runtime::feature_quantizer(input_of(program).scale, input_of(program).zero_point);
  std::vector<std::int8_t> codes(front_end.levels.size());
  espalier_audio_quantize_fixed(&quantizer, front_end.levels.data(), front_end.levels.size(), codes.data());
  return codes;
}

FrontEndSource image_source(const integer::Program& program, const ImageFrontEnd& front_end, const std::string& name) {
  check_front_end(program, front_end);
  const auto& spec = front_end.spec;
  const std::vector<Replacement> values = {
      {"TITLE", comment_text(name)},
      {"LICENSE", std::string(generated_license)},
      {"IMAGE_TEXT", image_text(spec)},
      {"WIDTH", std::to_string(spec.width)},
      {"HEIGHT", std::to_string(spec.height)},
      {"CHANNELS", std::to_string(spec.channels)},
      {"TABLES", tables_text(program, front_end)},
  };
  return {filled(template_text("image/front_end.h"), values), filled(template_text("image/front_end.c"), values)};
}

std::vector<std::int8_t> image_test_input(const integer::Program& program, const ImageFrontEnd& front_end) {
  check_front_end(program, front_end);
  std::vector<std::uint8_t> pixels(image_test_width * image_test_height * 2);
  std::uint32_t state = 1;
  for (auto& pixel : pixels) {
    state = state * 1664525u + 1013904223u;
    pixel = static_cast<std::uint8_t>(state >> 24);
  }
  const espalier_frame frame = {pixels.data(), image_test_width, image_test_height, image_test_width * 2,
                                ESPALIER_PIXELS_RGB565};
  const auto codes = image_codes(program, front_end);
  const auto& spec = front_end.spec;
  std::vector<std::int8_t> input(static_cast<std::size_t>(spec.width * spec.height * spec.channels));
  if (espalier_image_codes(&spec, &frame, codes.data(), input.data()) != ESPALIER_IMAGE_OK)
    fail("the image front end refuses its own test frame");
  return input;
}

}  // namespace espalier::exporting::c
