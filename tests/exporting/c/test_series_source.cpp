#include "exporting/c/series_source.h"

#include "base/error.h"
#include "base/process.h"
#include "catch.h"
#include "device_runtime/audio_frontend_tables.h"
#include "device_runtime/series_frontend_tables.h"
#include "exporting/c/exported_folder.h"

namespace espalier::exporting::c {
namespace {

constexpr std::int64_t window = 20, channels = 3;

integer::Program network() {
  random_programs::Builder net(3, "mover");
  auto x = net.input({window, 1, channels});
  x = net.conv(x, 6, 5, 1, 2, random_programs::Margin::same, integer::Clamp::relu);
  net.dense(net.mean(x, true), 4, true, integer::Clamp::none);
  net.program.activations[0].scale = 0.03F;
  return net.program;
}

SeriesFrontEnd front_end() {
  SeriesFrontEnd made;
  made.channels = {device_runtime::fixed_channel(120.5, 4000), device_runtime::window_channel(10),
                   device_runtime::fixed_channel(-3, 9000)};
  made.names = {"x", "y */", "z"};
  made.steps = {0.5, 1, 0.25};
  made.rate = 50;
  made.window = window;
  made.hop = 7;
  return made;
}

/// The input after each hop of 60 rows of a signal, and what wrong arguments give.
constexpr const char* ring_test = R"(
#include <stdio.h>
#include "front_end.h"
static uint32_t arena[MODEL_ARENA_BYTES / 4];
static front_end sensors;
static int16_t whole[FRONT_END_WINDOW_ROWS * FRONT_END_CHANNELS];
int main(void) {
  model network = {0};
  if (front_end_window(&network, whole, sizeof whole / 2) != MODEL_NOT_INITIALIZED) return 1;
  if (model_init(&network, arena, sizeof arena) != MODEL_OK) return 1;
  if (front_end_start(NULL) != MODEL_NULL_POINTER || front_end_start(&sensors) != MODEL_OK) return 2;
  if (front_end_window(&network, NULL, sizeof whole / 2) != MODEL_NULL_POINTER) return 3;
  if (front_end_window(&network, whole, sizeof whole / 2 - 1) != MODEL_WRONG_LENGTH) return 4;
  if (front_end_take(&sensors, NULL) != MODEL_NULL_POINTER) return 5;
  for (int32_t i = 0; i < 60; ++i) {
    int16_t row[FRONT_END_CHANNELS];
    for (int32_t c = 0; c < FRONT_END_CHANNELS; ++c) row[c] = (int16_t)((i * 2711 + c * 977) % 16384 - 8192);
    if (!front_end_push(&sensors, row)) continue;
    if (front_end_take(&sensors, &network) != MODEL_OK) return 6;
    fwrite(model_input(&network), 1, MODEL_INPUT_BYTES, stdout);
  }
  return 0;
}
)";

std::vector<std::int8_t> expected_windows(const integer::Program& program, const SeriesFrontEnd& given) {
  const espalier_series_spec spec = {channels, window, 7, given.channels.data()};
  const auto quantizer =
      device_runtime::feature_quantizer(program.activations[0].scale, program.activations[0].zero_point);
  std::vector<std::int8_t> all;
  for (std::int64_t first = 0; first + window <= 60; first += 7) {
    std::vector<std::int16_t> rows;
    for (std::int64_t i = first; i < first + window; ++i)
      for (std::int64_t c = 0; c < channels; ++c)
        rows.push_back(static_cast<std::int16_t>((i * 2711 + c * 977) % 16384 - 8192));
    const auto features = device_runtime::series_features(spec, rows.data());
    std::vector<std::int8_t> input(features.size());
    espalier_audio_quantize_fixed(&quantizer, features.data(), features.size(), input.data());
    all.insert(all.end(), input.begin(), input.end());
  }
  return all;
}

}  // namespace

TEST_CASE("the exported series front end gives the windows of training, from its ring too", "[c]") {
  const auto program = network();
  auto options = options_of(program);
  options.series = front_end();
  const ExportedFolder folder(program, options);
  write_atomically(folder.path() / "test/ring.c", std::string(ring_test));
  const auto ring =
      run_process({folder.built("test/ring.c", "ring", {"-O1", "-fsanitize=undefined,address"}).string()});
  REQUIRE(ring.exit_code == 0);
  CHECK(std::vector<std::int8_t>(ring.output.begin(), ring.output.end()) == expected_windows(program, *options.series));
  const auto bench = run_process({folder.built("bench/bench.c", "bench", {"-O2", "-DBENCH_STDIO"}).string()});
  INFO(bench.output);
  CHECK(bench.exit_code == 0);
  CHECK(bench.output.find("front_end_known_answer: passed\n") != std::string::npos);
  CHECK(std::filesystem::exists(folder.path() / "series_frontend.c"));
  CHECK(!std::filesystem::exists(folder.path() / "audio_fixed_frame.c"));
  CHECK(!std::filesystem::exists(folder.path() / "series"));
  CHECK(series_ring_bytes(*options.series) == 2 * window * channels);
}

TEST_CASE("a series front end that does not give the network's input is refused", "[c]") {
  const auto program = network();
  auto options = options_of(program);
  options.series = front_end();
  options.series->window = 19;
  CHECK_THROWS_AS(write(program, options), Error);
  options.series->window = 1;
  CHECK_THROWS_AS(write(program, options), Error);
}

}  // namespace espalier::exporting::c
