#include "exporting/c/front_end_source.h"

#include "base/error.h"
#include "base/process.h"
#include "catch.h"
#include "device_runtime/audio_frontend_tables.h"
#include "exporting/c/exported_folder.h"

namespace espalier::exporting::c {
namespace {

integer::Program listener() {
  random_programs::Builder net(3, "listener");
  auto x = net.input({49, 10, 1});
  x = net.conv(x, 6, 5, 4, 3, random_programs::Margin::same, integer::Clamp::relu);
  net.dense(net.mean(x, true), 4, true, integer::Clamp::none);
  net.program.activations[0].scale = 0.8F;
  return net.program;
}

AudioFrontEnd front_end(bool integer) { return {espalier_audio_default_spec(), integer, 16000}; }

/// Features of the test signal's first second, by the kernels that training runs: a clip at once.
std::vector<std::int8_t> by_clip(const integer::Program& program, const AudioFrontEnd& front_end) {
  const auto owner = device_runtime::build_audio_tables(front_end.spec);
  const auto& input = program.activations[0];
  const auto quantizer = device_runtime::feature_quantizer(input.scale, input.zero_point);
  const auto samples = static_cast<std::size_t>(front_end.clip_samples);
  const auto work = ESPALIER_AUDIO_BLOCK * espalier_audio_work_elements(&front_end.spec);
  std::vector<std::int8_t> all(490);
  std::vector<std::int16_t> pcm(samples);
  std::vector<float> sound(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    pcm[i] = test_signal(static_cast<std::uint32_t>(i));
    sound[i] = static_cast<float>(pcm[i]) / 32768;
  }
  if (front_end.integer) {
    const auto tables = owner.fixed_tables();
    std::vector<std::int32_t> memory(work), features(490);
    REQUIRE(espalier_audio_fixed_clip_blocks(&tables, pcm.data(), samples, memory.data(), work, features.data(), 490) ==
            ESPALIER_AUDIO_OK);
    espalier_audio_quantize_fixed(&quantizer, features.data(), 490, all.data());
  } else {
    const auto tables = owner.float_tables();
    std::vector<float> memory(work), features(490);
    REQUIRE(espalier_audio_float_clip_blocks(&tables, sound.data(), samples, memory.data(), work, features.data(),
                                             490) == ESPALIER_AUDIO_OK);
    espalier_audio_quantize_float(&quantizer, features.data(), 490, all.data());
  }
  return all;
}

/// Writes the features of a clip, and what wrong arguments give, to standard output.
constexpr const char* clip_test = R"(
#include <stdio.h>
#include "front_end.h"
static uint32_t arena[MODEL_ARENA_BYTES / 4], work[FRONT_END_WORK_BYTES / 4];
static int16_t clip[FRONT_END_CLIP_SAMPLES];
static int16_t signal(uint32_t index) {
  const uint32_t phase = (index * (index / 4u + 900u)) & 0xffffu;
  const int32_t tone = (int32_t)(phase < 0x8000u ? phase : 0xffffu - phase) - 0x4000;
  const int32_t noise = (int32_t)((index * 1664525u + 1013904223u) >> 22) - 512;
  return (int16_t)(tone + noise);
}
int main(void) {
  model network = {0};
  int8_t row[FRONT_END_FEATURES];
  for (uint32_t i = 0; i < FRONT_END_CLIP_SAMPLES; ++i) clip[i] = signal(i);
  if (front_end_clip(&network, clip, FRONT_END_CLIP_SAMPLES) != MODEL_NOT_INITIALIZED) return 1;
  if (model_init(&network, arena, sizeof arena) != MODEL_OK) return 1;
  if (front_end_clip(NULL, clip, FRONT_END_CLIP_SAMPLES) != MODEL_NULL_POINTER) return 2;
  if (front_end_clip(&network, NULL, FRONT_END_CLIP_SAMPLES) != MODEL_NULL_POINTER) return 3;
  if (front_end_clip(&network, clip, FRONT_END_CLIP_SAMPLES - 1) != MODEL_WRONG_LENGTH) return 4;
  if (front_end_frame(clip, work, sizeof work - 1, row) != MODEL_ARENA_TOO_SMALL) return 5;
  if (front_end_frame(clip, (char*)work + 1, sizeof work, row) != MODEL_ARENA_MISALIGNED) return 6;
  if (front_end_frame(NULL, work, sizeof work, row) != MODEL_NULL_POINTER) return 7;
  if (front_end_clip(&network, clip, FRONT_END_CLIP_SAMPLES) != MODEL_OK) return 8;
  fwrite(model_input(&network), 1, MODEL_INPUT_BYTES, stdout);
  return 0;
}
)";

}  // namespace

TEST_CASE("the exported front end gives the features of training, in integers and in float32", "[c]") {
  const auto program = listener();
  for (const bool integer : {true, false}) {
    auto options = options_of(program);
    options.front_end = front_end(integer);
    const auto expected = by_clip(program, *options.front_end);
    CHECK(test_features(program, *options.front_end) == expected);
    const ExportedFolder folder(program, options);
    write_atomically(folder.path() / "test/clip.c", std::string(clip_test));
    const auto clip =
        run_process({folder.built("test/clip.c", "clip", {"-O1", "-fsanitize=undefined,address"}).string()});
    REQUIRE(clip.exit_code == 0);
    CHECK(std::vector<std::int8_t>(clip.output.begin(), clip.output.end()) == expected);
    const auto bench = run_process({folder.built("bench/bench.c", "bench", {"-O2", "-DBENCH_STDIO"}).string()});
    INFO(bench.output);
    CHECK(bench.exit_code == 0);
    CHECK(bench.output.find("front_end_known_answer: passed\n") != std::string::npos);
    CHECK(std::filesystem::exists(folder.path() / "audio_fixed_frame.c") == integer);
    CHECK(std::filesystem::exists(folder.path() / "audio_float_frame.c") != integer);
    CHECK(!std::filesystem::exists(folder.path() / "audio_fixed_block.c"));
  }
}

TEST_CASE("the front end works inside the arena, which grows where it must", "[c]") {
  const auto program = listener();
  auto options = options_of(program);
  const auto without = arena_bytes(program, options);
  options.front_end = front_end(true);
  CHECK(front_end_work_bytes(*options.front_end) == 4 * (1024 + 2 + 40 + 10));
  CHECK(arena_bytes(program, options) >= without);
  CHECK(arena_bytes(program, options) <= 496 + 4304 + without);
  CHECK(arena_bytes(program, options) >= 490 + 4304);
}

TEST_CASE("a front end that does not give the network's input is refused", "[c]") {
  const auto program = listener();
  auto options = options_of(program);
  options.front_end = front_end(true);
  options.front_end->clip_samples = 8000;
  CHECK_THROWS_AS(write(program, options), Error);
  options.front_end->clip_samples = 16000;
  options.front_end->spec.fft_size = 1000;
  CHECK_THROWS_AS(write(program, options), Error);
}

}  // namespace espalier::exporting::c
