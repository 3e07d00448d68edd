#include "exporting/c/keyword_stream_source.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/error.h"
#include "base/process.h"
#include "catch.h"
#include "device_runtime/audio_frontend_tables.h"
#include "device_runtime/kernels_s8.h"
#include "device_runtime/keyword_detector.h"
#include "exporting/c/exported_folder.h"
#include "exporting/c/front_end_source.h"
#include "integer/constants.h"

namespace espalier::exporting::c {
namespace {

/// Four classes of which the last two are keywords; a few frames a clip.
integer::Program listener(std::int64_t frames, bool probabilities) {
  random_programs::Builder net(3, "listener");
  auto x = net.input({frames, 10, 1});
  net.program.activations[0].scale = 0.8F;
  x = net.conv(x, 6, 5, 4, 3, random_programs::Margin::same, integer::Clamp::relu);
  x = net.dense(net.mean(x, true), 4, true, integer::Clamp::none);
  if (probabilities) net.softmax(x);
  net.program.labels = {"_silence_", "_unknown_", "yes", "no"};
  return net.program;
}

/// A frame of 320 samples each `hop`.
AudioFrontEnd front_end(bool integer, std::int64_t frames, std::int32_t hop) {
  auto spec = espalier_audio_default_spec();
  spec.window_samples = 320;
  spec.hop_samples = hop;
  spec.fft_size = 512;
  return {spec, integer, 320 + (frames - 1) * hop};
}

Options listening(const integer::Program& program, std::int64_t frames, bool integer, std::int32_t hop) {
  auto options = options_of(program, 2);
  options.front_end = front_end(integer, frames, hop);
  options.keywords = KeywordSettings{3, 2, 4, 2, {0, 0, 1, 1}};
  return options;
}

/// "end keyword sum" of each detection: whole clips by the front end's test features, the twin, the detector.
std::string expected(const integer::Program& program, const Options& options, std::int64_t samples) {
  auto whole = *options.front_end;
  whole.clip_samples = samples;
  const auto& spec = whole.spec;
  const auto frames = program.activations[0].shape[0], all = 1 + (samples - spec.window_samples) / spec.hop_samples;
  auto endless = program;  // takes every frame at once, for its features only
  endless.activations[0].shape[0] = all;
  const auto features = test_features(endless, whole);
  const integer::Twin twin(program, integer::Arithmetic::tflm, 1);
  const auto& k = *options.keywords;
  std::vector<std::uint8_t> ring(static_cast<std::size_t>(k.smoothing) * 4);
  std::vector<std::int32_t> sums(4);
  const espalier_keyword_spec detector = {4, static_cast<std::int32_t>(k.smoothing),
                                          static_cast<std::int32_t>(k.refractory), k.threshold, k.keyword.data()};
  espalier_keyword_state state = {ring.data(), sums.data(), 0, 0};
  REQUIRE(espalier_keyword_start(&detector, &state) == ESPALIER_OK);
  const auto fixed = integer::softmax_constants(1, program.activations[static_cast<std::size_t>(program.output)].scale);
  std::string lines;
  for (std::int64_t first = 0; first + frames <= all; first += k.stride) {
    std::vector<std::int8_t> answer(4);
    twin.run(std::span(features).subspan(static_cast<std::size_t>(first * 10), static_cast<std::size_t>(frames * 10)),
             1, answer);
    if (!std::holds_alternative<integer::Softmax>(program.instructions.back()))
      REQUIRE(espalier_softmax_s8(answer.data(), 1, 4, fixed.multiplier, fixed.left_shift, fixed.diff_min,
                                  answer.data()) == ESPALIER_OK);
    const auto found = espalier_keyword_push(&detector, &state, answer.data());
    if (found >= 0)
      lines += fmt::format("{} {} {}\n", spec.window_samples + (first + frames - 1) * spec.hop_samples, found,
                           sums[static_cast<std::size_t>(found)]);
  }
  return lines;
}

/// Hears the test signal in blocks of argv[1] samples, argv[2] in all, and prints what was heard; checks refusals
/// first.
constexpr const char* stream_test = R"(
#include <stdio.h>
#include <stdlib.h>
#include "keyword_stream.h"
static uint32_t arena[MODEL_ARENA_BYTES / 4];
static keyword_stream stream;
static int16_t sound[4096];
static int16_t signal_at(uint32_t index) {
  const uint32_t phase = (index * (index / 4u + 900u)) & 0xffffu;
  const int32_t tone = (int32_t)(phase < 0x8000u ? phase : 0xffffu - phase) - 0x4000;
  const int32_t noise = (int32_t)((index * 1664525u + 1013904223u) >> 22) - 512;
  return (int16_t)(tone + noise);
}
int main(int count, char** arguments) {
  model network = {0};
  keyword_heard heard;
  size_t taken = 0;
  if (count != 3) return 9;
  if (keyword_stream_init(&stream, sizeof stream, &network) != MODEL_NOT_INITIALIZED) return 1;
  if (keyword_stream_hear(&stream, sound, 1, &taken, &heard) != MODEL_NOT_INITIALIZED) return 2;
  if (model_init(&network, arena, sizeof arena) != MODEL_OK) return 3;
  if (keyword_stream_init(NULL, sizeof stream, &network) != MODEL_NULL_POINTER) return 4;
  if (keyword_stream_init(&stream, sizeof stream, NULL) != MODEL_NULL_POINTER) return 4;
  if (keyword_stream_init(&stream, sizeof stream - 1, &network) != MODEL_WRONG_LENGTH) return 5;
  if (keyword_stream_init(&stream, sizeof stream, &network) != MODEL_OK) return 6;
  if (keyword_stream_hear(NULL, sound, 1, &taken, &heard) != MODEL_NULL_POINTER) return 7;
  if (keyword_stream_hear(&stream, NULL, 1, &taken, &heard) != MODEL_NULL_POINTER) return 7;
  if (keyword_stream_hear(&stream, sound, 1, NULL, &heard) != MODEL_NULL_POINTER) return 7;
  if (keyword_stream_hear(&stream, sound, 1, &taken, NULL) != MODEL_NULL_POINTER) return 7;
  if (keyword_stream_hear(&stream, sound, 0, &taken, &heard) != MODEL_OK || taken != 0 || heard.keyword != -1) return 8;
  const size_t block = (size_t)atoi(arguments[1]), all = (size_t)atoi(arguments[2]);
  for (size_t begin = 0; begin < all; begin += block) {
    const size_t now = all - begin < block ? all - begin : block;
    for (size_t i = 0; i < now; ++i) sound[i] = signal_at((uint32_t)(begin + i));
    for (size_t at = 0; at < now; at += taken) {
      if (keyword_stream_hear(&stream, sound + at, now - at, &taken, &heard) != MODEL_OK) return 10;
      if (heard.keyword >= 0) printf("%lu %d %d\n", (unsigned long)heard.end, (int)heard.keyword, (int)heard.sum);
    }
  }
  return 0;
}
)";

}  // namespace

TEST_CASE("blocks of any size give the detections of front end, twin and detector", "[c]") {
  constexpr std::int64_t frames = 11, samples = 20011;
  struct Case {
    bool integer, probabilities;
    std::int32_t hop;
  };
  for (const auto& [integer, probabilities, hop] :
       {Case{true, true, 160}, Case{true, false, 320}, Case{false, false, 200}, Case{true, false, 450}}) {
    INFO(integer << probabilities << hop);
    const auto program = listener(frames, probabilities);
    const auto options = listening(program, frames, integer, hop);
    const auto wanted = expected(program, options, samples);
    CHECK(std::count(wanted.begin(), wanted.end(), '\n') > 2);
    const ExportedFolder folder(program, options);
    write_atomically(folder.path() / "test/stream.c", std::string(stream_test));
    const auto test = folder.built("test/stream.c", "stream", {"-O1", "-fsanitize=undefined,address"}).string();
    for (const char* block : {"1", "160", "777", "4096"}) {
      const auto run = run_process({test, block, std::to_string(samples)});
      REQUIRE(run.exit_code == 0);
      REQUIRE(run.output == wanted);
    }
  }
}

TEST_CASE("a program on a host listens to its standard input", "[c]") {
  constexpr std::int64_t frames = 11, samples = 20011;
  const auto program = listener(frames, false);
  const auto options = listening(program, frames, true, 160);
  const ExportedFolder folder(program, options);
  const auto listen = folder.built("host/listen.c", "listen").string();
  std::string sound;
  for (std::uint32_t i = 0; i < samples; ++i) {
    const auto sample = static_cast<std::uint16_t>(test_signal(i));
    sound += static_cast<char>(sample & 0xff);
    sound += static_cast<char>(sample >> 8);
  }
  write_atomically(folder.scratch / "sound.raw", sound + "x");  // half a sample at the end
  const auto run = run_process({"sh", "-c", listen + " < " + (folder.scratch / "sound.raw").string()});
  CHECK(run.exit_code == 0);
  const auto wanted = expected(program, options, samples);
  CHECK(std::count(run.output.begin(), run.output.end(), '\n') == std::count(wanted.begin(), wanted.end(), '\n'));
  CHECK(run.output.find(" s  ") != std::string::npos);
  const auto readme = read_text(folder.path() / "README.md");
  CHECK(readme.find("keyword_stream_hear(&stream") != std::string::npos);
  CHECK(readme.find("-r 16000 | listen") != std::string::npos);
}

TEST_CASE("a stream without a front end, of other classes or with settings out of range is refused", "[c]") {
  const auto program = listener(11, true);
  const auto refused = [&](auto change) {
    auto options = listening(program, 11, true, 160);
    change(options);
    CHECK_THROWS_AS(write(program, options), Error);
  };
  refused([](Options& options) { options.front_end.reset(); });
  refused([](Options& options) { options.keywords->keyword = {0, 1, 1}; });
  refused([](Options& options) { options.keywords->stride = 0; });
  refused([](Options& options) { options.keywords->smoothing = -1; });
  refused([](Options& options) { options.keywords->threshold = 511; });
  auto nameless = program;
  nameless.labels.clear();
  CHECK_THROWS_AS(write(nameless, listening(program, 11, true, 160)), Error);
}

TEST_CASE("without a stream nothing of it is written", "[c]") {
  const auto program = listener(11, true);
  auto options = listening(program, 11, true, 160);
  options.keywords.reset();
  const ExportedFolder folder(program, options);
  for (const char* file : {"keyword_stream.c", "keyword_detector.c", "host/listen.c", "listening.md"})
    CHECK(!std::filesystem::exists(folder.path() / file));
  CHECK(read_text(folder.path() / "CMakeLists.txt").find("host/listen") == std::string::npos);
}

}  // namespace espalier::exporting::c
