#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "catch.h"
#include "device_runtime/audio_frontend_tables.h"

using namespace espalier::device_runtime;

namespace {

int expected(double value, double scale, int zero_point) {
  const double code = zero_point + std::round(value / scale);
  return static_cast<int>(code < -128 ? -128 : code > 127 ? 127 : code);
}

}  // namespace

TEST_CASE("float features become the nearest code, saturating") {
  const auto quantizer = feature_quantizer(0.5, 10);
  const std::vector<float> values = {0.0f,    0.24f,    0.25f,   -0.25f,   -0.26f,
                                     1000.0f, -1000.0f, 3.4e38f, -3.4e38f, std::numeric_limits<float>::quiet_NaN()};
  std::vector<std::int8_t> codes(values.size());
  espalier_audio_quantize_float(&quantizer, values.data(), values.size(), codes.data());
  CHECK(codes == std::vector<std::int8_t>{10, 10, 11, 9, 9, 127, -128, 127, -128, 10});
}

TEST_CASE("fixed features become the nearest code of their value, saturating, for scales far apart") {
  for (double scale : {0.000001, 0.0123, 0.5847029, 1.0, 3.7, 100000.0})
    for (int zero_point : {-128, 0, 83, 127}) {
      const auto quantizer = feature_quantizer(scale, zero_point);
      std::uint32_t state = 3;
      int beside = 0;
      for (int i = 0; i < 4000; ++i) {
        state = state * 1664525u + 1013904223u;
        const double aim = (static_cast<double>(state >> 8) / 16777216.0 - 0.5) * 300 * scale * 65536;
        const double bounded = std::max(-2147483648.0, std::min(2147483647.0, std::round(aim)));
        const auto feature = static_cast<std::int32_t>(bounded);
        std::int8_t code = 0;
        espalier_audio_quantize_fixed(&quantizer, &feature, 1, &code);
        const int off = std::abs(code - expected(feature / 65536.0, scale, zero_point));
        REQUIRE(off <= 1);
        beside += off;
      }
      INFO("scale " << scale);
      // Ties and the multiplier's 23 bits may move a value at the very border between two codes.
      CHECK(beside <= (scale < 0.001 ? 4000 : 10));
    }
}

TEST_CASE("the extremes of Q16 saturate") {
  const std::vector<std::int32_t> features = {std::numeric_limits<std::int32_t>::min(),
                                              std::numeric_limits<std::int32_t>::max(), 0};
  std::vector<std::int8_t> codes(3);
  for (double scale : {0.000001, 0.1}) {
    const auto quantizer = feature_quantizer(scale, -5);
    espalier_audio_quantize_fixed(&quantizer, features.data(), 3, codes.data());
    CHECK(codes == std::vector<std::int8_t>{-128, 127, -5});
  }
}
