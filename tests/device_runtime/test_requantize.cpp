#include <cmath>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "catch.h"
#include "device_runtime/requantize.h"

namespace {

// The definitions in wide integers, without the tricks of the header.
std::int64_t half_away(std::int64_t x, int exponent) {
  const double exact = std::ldexp(static_cast<double>(x), -exponent);
  return static_cast<std::int64_t>(std::round(exact));
}
std::int64_t doubling_high(std::int64_t a, std::int64_t b) {
  const std::int64_t product = a * b, nudge = product >= 0 ? std::int64_t{1} << 30 : 1 - (std::int64_t{1} << 30);
  return (product + nudge) / (std::int64_t{1} << 31);
}

}  // namespace

TEST_CASE("division by a power of two rounds halves away from zero") {
  CHECK(espalier_rounding_divide_by_power_of_two(3, 1) == 2);
  CHECK(espalier_rounding_divide_by_power_of_two(-3, 1) == -2);
  CHECK(espalier_rounding_divide_by_power_of_two(-1, 1) == -1);
  CHECK(espalier_rounding_divide_by_power_of_two(1, 1) == 1);
  CHECK(espalier_rounding_divide_by_power_of_two(-5, 2) == -1);
  CHECK(espalier_rounding_divide_by_power_of_two(-6, 2) == -2);
  CHECK(espalier_rounding_divide_by_power_of_two(INT32_MIN, 0) == INT32_MIN);
  CHECK(espalier_rounding_divide_by_power_of_two(INT32_MAX, 0) == INT32_MAX);
  CHECK(espalier_rounding_divide_by_power_of_two(INT32_MAX, 31) == 1);
  CHECK(espalier_rounding_divide_by_power_of_two(INT32_MIN, 31) == -1);
  espalier::Random random(1, "divide");
  for (int i = 0; i < 20000; ++i) {
    const auto x = static_cast<std::int32_t>(random.bits());
    const int exponent = static_cast<int>(random.below(32));
    REQUIRE(espalier_rounding_divide_by_power_of_two(x, exponent) == half_away(x, exponent));
  }
}

TEST_CASE("the doubling high multiplication equals its definition at every sign and at the extremes") {
  espalier::Random random(2, "multiply");
  for (int i = 0; i < 20000; ++i) {
    const auto a = static_cast<std::int32_t>(random.bits()), b = static_cast<std::int32_t>(random.bits() >> 1);
    REQUIRE(espalier_doubling_high_multiply(a, b) == doubling_high(a, b));
  }
  for (const std::int32_t a : {INT32_MIN, INT32_MIN + 1, -1, 0, 1, INT32_MAX})
    for (const std::int32_t b : {0, 1, 1 << 30, INT32_MAX})
      CHECK(espalier_doubling_high_multiply(a, b) == doubling_high(a, b));
  CHECK(espalier_doubling_high_multiply(-1, 1 << 30) == 0);  // -1/2 goes up, as the definition says
  CHECK(espalier_doubling_high_multiply(1, 1 << 30) == 1);
}

TEST_CASE("multiplication by a quantized multiplier: shifts 0, left and the farthest right") {
  CHECK(espalier_multiply_by_quantized_multiplier(100, 1 << 30, 0) == 50);
  CHECK(espalier_multiply_by_quantized_multiplier(100, 1 << 30, 3) == 400);
  CHECK(espalier_multiply_by_quantized_multiplier(INT32_MAX, INT32_MAX, -31) == 1);
  CHECK(espalier_multiply_by_quantized_multiplier(INT32_MIN, INT32_MAX, -31) == -1);
  CHECK(espalier_multiply_by_quantized_multiplier(1, 1 << 30, 30) == 1 << 29);
  CHECK(espalier_multiply_by_quantized_multiplier(12345, 0, 0) == 0);
}

TEST_CASE("float rounding breaks ties to even, without libm") {
  for (float value = -300; value <= 300; value += 0.125f) REQUIRE(espalier_round_to_even(value) == std::lrint(value));
  CHECK(espalier_round_to_even(0.5f) == 0);
  CHECK(espalier_round_to_even(1.5f) == 2);
  CHECK(espalier_round_to_even(-2.5f) == -2);
  CHECK(espalier_round_to_even(1e30f) == 1024);
  CHECK(espalier_round_to_even(-1e30f) == -1024);
}

TEST_CASE("a row is requantized by each channel's own parameters and clamped") {
  const std::vector<std::int32_t> accumulators{100, -100, 1000000, -1000000, 3};
  const std::vector<std::int8_t> shifts{0, -1, 0, 0, 2};
  const std::vector<std::int32_t> multipliers{1 << 30, 1 << 30, 1 << 30, 1 << 30, 1 << 30};
  espalier_rescale rescale{multipliers.data(), shifts.data(), nullptr, 5, -20, 90};
  std::vector<std::int8_t> output(5);
  espalier_requantize_channels(accumulators.data(), 0, 5, &rescale, output.data());
  CHECK(output == std::vector<std::int8_t>{55, -20, 90, -20, 11});
  espalier_requantize_channels(accumulators.data(), 1, 1, &rescale, output.data());
  CHECK(int{output[0]} == 30);  // channel 1: 100 / 4 + 5
  const std::vector<float> scales{0.25f, 0.25f, 1, 1, 0.5f};
  rescale.scale = scales.data();
  espalier_requantize_channels(accumulators.data(), 0, 5, &rescale, output.data());
  CHECK(output == std::vector<std::int8_t>{30, -20, 90, -20, 7});  // 1.5 goes to 2
}
