#include "datasets/sound_windows.h"

#include "catch.h"
#include "small_corpus.h"

using namespace espalier;
using namespace espalier::datasets;

namespace {

/// Frames of 25 ms every 10 ms, four in a window.
FrontEnd small_front_end(const std::string& arithmetic) {
  FeatureOptions options;
  options.type = "log_mel";
  options.arithmetic = arithmetic;
  options.window.value = 25;
  options.hop.value = 10;
  options.clip.value = 55;
  options.mel_bands = 12;
  std::vector<Problem> problems;
  FrontEnd made(options, "here", problems);
  refuse(problems);
  return made;
}

}  // namespace

TEST_CASE("a window of a sound has the features of the clip that it is") {
  const auto sound = testing::tone(3000, 440, 1);
  for (const char* arithmetic : {"integer", "float32"}) {
    const SoundWindows windows(small_front_end(arithmetic), 3);
    const auto& front_end = windows.front_end();
    REQUIRE(front_end.shape() == std::vector<std::int64_t>{1, 4, 12});
    // 17 frames; windows begin at 0, 3, 6, 9 and 12.
    REQUIRE(windows.count(3000) == 5);
    const auto rows = windows.rows(sound);
    REQUIRE(rows.size() == 17 * 12);
    for (std::int64_t i = 0; i < 5; ++i) {
      std::vector<float> alone(48);
      front_end.compute(std::span(sound).subspan(static_cast<std::size_t>(windows.begin(i)), 880), alone);
      const auto window = windows.window(rows, i);
      CHECK(std::vector<float>(window.begin(), window.end()) == alone);
    }
  }
}

TEST_CASE("what is shorter than a window has none") {
  const SoundWindows windows(small_front_end("integer"), 1);
  CHECK(windows.count(880) == 1);
  CHECK(windows.count(879) == 0);
  CHECK(windows.count(0) == 0);
  CHECK(windows.count(1040) == 2);
}

TEST_CASE("windows travel with a model and come back") {
  auto json = SoundWindows(small_front_end("integer"), 3).json();
  CHECK(SoundWindows(json).begin(2) == 2 * 3 * 160);
  json.set("window_stride", 0);
  CHECK_THROWS_AS(SoundWindows(json), Error);
  json.set("window_stride", Json());
  CHECK_THROWS_AS(SoundWindows(json), Error);
}
