#include "exporting/c/image_source.h"

#include <algorithm>

#include "base/error.h"
#include "base/process.h"
#include "catch.h"
#include "exporting/c/exported_folder.h"

namespace espalier::exporting::c {
namespace {

integer::Program seer(std::int64_t channels) {
  random_programs::Builder net(3, "seer");
  auto x = net.input({12, 16, channels});
  x = net.conv(x, 4, 3, 3, 2, random_programs::Margin::same, integer::Clamp::relu);
  net.dense(net.mean(x, true), 3, true, integer::Clamp::none);
  net.program.activations[0].scale = 0.0078125F;
  net.program.activations[0].zero_point = -3;
  return net.program;
}

ImageFrontEnd front_end(std::int32_t channels, std::int32_t filter = ESPALIER_FILTER_AREA,
                        std::int32_t fit = ESPALIER_FIT_CROP) {
  ImageFrontEnd made;
  made.spec = {16, 12, channels, ESPALIER_ORDER_RGB, fit, filter};
  for (std::int32_t i = 0; i < 256 * channels; ++i) made.levels.push_back((i % 256 - 120 - 5 * (i / 256)) * 514);
  return made;
}

Options with_front_end(const integer::Program& program, const ImageFrontEnd& front_end) {
  auto options = options_of(program, 1);
  options.image = front_end;
  return options;
}

/// Frames in other formats and what wrong arguments give; the input of a gray gradient goes to standard output.
constexpr const char* image_test = R"(
#include <stdio.h>
#include "front_end.h"
static uint32_t arena[MODEL_ARENA_BYTES / 4];
static uint8_t pixels[30 * 20];
int main(void) {
  model network = {0};
  espalier_frame frame = {pixels, 30, 20, 30, ESPALIER_PIXELS_GRAY8};
  for (int32_t i = 0; i < 30 * 20; ++i) pixels[i] = (uint8_t)(i * 7);
  if (front_end_image(&network, &frame) != MODEL_NOT_INITIALIZED) return 1;
  if (model_init(&network, arena, sizeof arena) != MODEL_OK) return 1;
  if (front_end_image(NULL, &frame) != MODEL_NULL_POINTER) return 2;
  if (front_end_image(&network, NULL) != MODEL_NULL_POINTER) return 3;
  frame.stride = 29;
  if (front_end_image(&network, &frame) != MODEL_WRONG_LENGTH) return 4;
  frame.stride = 30;
  frame.pixels = NULL;
  if (front_end_image(&network, &frame) != MODEL_NULL_POINTER) return 5;
  frame.pixels = pixels;
  if (front_end_image(&network, &frame) != MODEL_OK) return 6;
  fwrite(model_input(&network), 1, MODEL_INPUT_BYTES, stdout);
  return model_invoke(&network) == MODEL_OK ? 0 : 7;
}
)";

/// By the kernels that training runs.
std::string expected_input(const integer::Program& program, const ImageFrontEnd& front_end) {
  std::vector<std::uint8_t> pixels(30 * 20);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * 7);
  const espalier_frame frame = {pixels.data(), 30, 20, 30, ESPALIER_PIXELS_GRAY8};
  const auto codes = image_codes(program, front_end);
  std::string input(static_cast<std::size_t>(16 * 12 * front_end.spec.channels), '\0');
  REQUIRE(espalier_image_codes(&front_end.spec, &frame, codes.data(), reinterpret_cast<std::int8_t*>(input.data())) ==
          ESPALIER_IMAGE_OK);
  return input;
}

}  // namespace

TEST_CASE("the exported image front end writes what training saw") {
  for (const std::int32_t channels : {1, 3})
    for (const std::int32_t filter : {ESPALIER_FILTER_AREA, ESPALIER_FILTER_BILINEAR}) {
      const auto program = seer(channels);
      const auto eyes = front_end(channels, filter);
      const ExportedFolder folder(program, with_front_end(program, eyes));
      write_atomically(folder.path() / "test/image_test.c", std::string(image_test));
      const auto run = run_process({folder.built("test/image_test.c", "image_test").string()});
      REQUIRE(run.exit_code == 0);
      CHECK(run.output == expected_input(program, eyes));
    }
}

TEST_CASE("the exported image front end passes its own known-answer test") {
  const auto program = seer(3);
  const ExportedFolder folder(program, with_front_end(program, front_end(3)));
  const auto run = run_process({folder.built("bench/bench.c", "bench", {"-O2", "-DBENCH_STDIO"}).string()});
  CHECK(run.exit_code == 0);
  CHECK(run.output.find("front_end_known_answer: passed") != std::string::npos);
  CHECK(read_text(folder.path() / "README.md").find("front_end_image") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder.path() / "image"));
}

TEST_CASE("image codes are the quantized levels") {
  const auto program = seer(1);
  const auto codes = image_codes(program, front_end(1));
  const auto& input = program.activations[0];
  for (int pixel = 0; pixel < 256; ++pixel) {
    const double code = input.zero_point + (pixel - 120) * 514 / 65536.0 / input.scale;
    CHECK(std::abs(codes[static_cast<std::size_t>(pixel)] - std::clamp(code, -128.0, 127.0)) <= 0.5 + 1e-3);
  }
}

TEST_CASE("an image front end of another shape is refused") {
  const auto program = seer(3);
  auto wrong = front_end(3);
  wrong.spec.width = 15;
  CHECK_THROWS_AS(write(program, with_front_end(program, wrong)), Error);
  wrong = front_end(3);
  wrong.levels.pop_back();
  CHECK_THROWS_AS(write(program, with_front_end(program, wrong)), Error);
  wrong = front_end(3);
  wrong.spec.filter = 7;
  CHECK_THROWS_AS(write(program, with_front_end(program, wrong)), Error);
}

}  // namespace espalier::exporting::c
