#include "device_runtime/keyword_detector.h"

#include <cstdint>
#include <vector>

#include "catch.h"

namespace {

/// Three classes, the first no keyword; two windows are averaged, two after a detection are quiet.
struct Detector {
  std::vector<std::uint8_t> keyword = {0, 1, 1}, ring = std::vector<std::uint8_t>(6, 9);
  std::vector<std::int32_t> sums = {7, 7, 7};
  espalier_keyword_spec spec = {3, 2, 2, 300, keyword.data()};
  espalier_keyword_state state = {ring.data(), sums.data(), 1, 1};

  Detector() { REQUIRE(espalier_keyword_start(&spec, &state) == ESPALIER_OK); }
  /// Probabilities in 1/256.
  int push(int first, int second, int third) {
    const std::int8_t window[] = {static_cast<std::int8_t>(first - 128), static_cast<std::int8_t>(second - 128),
                                  static_cast<std::int8_t>(third - 128)};
    return espalier_keyword_push(&spec, &state, window);
  }
};

}  // namespace

TEST_CASE("a keyword is detected when the average of its probabilities reaches the threshold") {
  Detector detector;
  CHECK(detector.push(0, 200, 0) == -1);  // 200 of 300, the window before the first counts as 0
  CHECK(detector.push(100, 100, 55) == 1);
  CHECK(detector.sums == std::vector<std::int32_t>{100, 300, 55});
}

TEST_CASE("after a detection nothing is detected for a while, and what is no keyword never") {
  Detector detector;
  CHECK(detector.push(0, 0, 255) == -1);
  CHECK(detector.push(0, 0, 255) == 2);
  CHECK(detector.push(0, 0, 255) == -1);
  CHECK(detector.push(0, 0, 255) == -1);
  CHECK(detector.push(0, 0, 255) == 2);
  for (int i = 0; i < 4; ++i) CHECK(detector.push(255, 0, 0) == -1);
  CHECK(detector.push(0, 255, 255) == -1);
  CHECK(detector.push(0, 255, 255) == 1);  // of equal sums the first
}

TEST_CASE("windows leave the average when newer ones come, however many") {
  Detector detector;
  for (int i = 0; i < 1000; ++i) REQUIRE(detector.push(i % 256, (7 * i) % 140, (3 * i) % 150) == -1);
  CHECK(detector.sums[0] == 999 % 256 + 998 % 256);
  CHECK(detector.sums[1] == (7 * 999) % 140 + (7 * 998) % 140);
}

TEST_CASE("null pointers and numbers out of range are refused by a status") {
  Detector detector;
  CHECK(espalier_keyword_start(nullptr, &detector.state) == ESPALIER_ARGUMENT);
  CHECK(espalier_keyword_start(&detector.spec, nullptr) == ESPALIER_ARGUMENT);
  const auto refused = [&](auto change) {
    auto spec = detector.spec;
    change(spec);
    return espalier_keyword_start(&spec, &detector.state) == ESPALIER_ARGUMENT;
  };
  CHECK(refused([](auto& spec) { spec.keyword = nullptr; }));
  CHECK(refused([](auto& spec) { spec.classes = 1; }));
  CHECK(refused([](auto& spec) { spec.smoothing = 0; }));
  CHECK(refused([](auto& spec) { spec.refractory = -1; }));
  CHECK(refused([](auto& spec) { spec.threshold = 0; }));
  CHECK(refused([](auto& spec) { spec.threshold = 511; }));
  detector.state.ring = nullptr;
  CHECK(espalier_keyword_start(&detector.spec, &detector.state) == ESPALIER_ARGUMENT);
}
