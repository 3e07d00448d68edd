// The front ends' own logarithms and square roots against the standard library's.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "catch.h"
#include "device_runtime/no_contraction.h"
// After it, so that it holds for them.
#include "device_runtime/audio_fixed_math.h"
#include "device_runtime/audio_float_math.h"

namespace {

// Every 2^11-th positive normal number: all exponents, about 4000 mantissas each.
constexpr std::uint32_t kFirst = 0x00800000u, kLast = 0x7f7fffffu, kStep = 2039u;

}  // namespace

TEST_CASE("the float logarithm is within 3e-7 of the true one over all normal numbers") {
  double worst = 0;
  for (std::uint64_t bits = kFirst; bits <= kLast; bits += kStep) {
    const float x = float_of_bits(static_cast<std::uint32_t>(bits));
    const double truth = std::log(static_cast<double>(x));
    // Relative, but absolute for values below 1/16, where a log near 0 has no relative accuracy to speak of.
    worst = std::max(worst, std::abs(float_log(x) - truth) / std::max(std::abs(truth), 0.0625));
  }
  INFO("worst " << worst);
  CHECK(worst < 3e-7);
  CHECK(float_log(1.0f) == 0.0f);
}

TEST_CASE("the float square root is within 3e-7 of the true one, and exact at zero") {
  double worst = 0;
  for (std::uint64_t bits = kFirst; bits <= kLast; bits += kStep) {
    const float x = float_of_bits(static_cast<std::uint32_t>(bits));
    const double truth = std::sqrt(static_cast<double>(x));
    worst = std::max(worst, std::abs(float_sqrt(x) - truth) / truth);
  }
  INFO("worst " << worst);
  CHECK(worst < 3e-7);
  CHECK(float_sqrt(0.0f) == 0.0f);
  CHECK(std::isfinite(float_sqrt(std::numeric_limits<float>::denorm_min())));
}

TEST_CASE("the table of the integer logarithm is the rounded logarithm") {
  for (int i = 0; i <= 128; ++i) CHECK(espalier_log2_table[i] == std::lround(65536 * std::log2(1 + i / 128.0)) % 65536);
}

TEST_CASE("the integer logarithm is within 2.5e-5 of the true one over 64 bits") {
  double worst = 0;
  const auto judge = [&](std::uint64_t x) {
    worst = std::max(worst, std::abs(fixed_log2(x) / 65536.0 - std::log2(static_cast<double>(x))));
  };
  for (std::uint64_t x = 1; x < 100000; ++x) judge(x);
  std::uint64_t state = 1;
  for (int i = 0; i < 200000; ++i) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    judge((state >> (i % 63)) | 1);
  }
  judge(std::numeric_limits<std::uint64_t>::max());
  INFO("worst " << worst);
  CHECK(worst < 2.5e-5);
  for (int bit = 0; bit < 64; ++bit) CHECK(fixed_log2(std::uint64_t{1} << bit) == bit * 65536);
}

TEST_CASE("the integer square root is the floor of the true one") {
  const auto holds = [](std::uint64_t x) {
    const std::uint64_t root = fixed_sqrt(x);
    return root * root <= x && (root == 0xffffffffu || (root + 1) * (root + 1) > x);
  };
  bool all = true;
  for (std::uint64_t x = 0; x < 70000; ++x) all = all && holds(x);
  std::uint64_t state = 5;
  for (int i = 0; i < 20000; ++i) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    all = all && holds(state >> (i % 60));
  }
  CHECK(all);
  CHECK(fixed_sqrt(std::numeric_limits<std::uint64_t>::max()) == 0xffffffffu);
}

TEST_CASE("right shifts of negative numbers are arithmetic, as the fixed-point stages assume") {
  volatile std::int32_t value = -3;
  CHECK((value >> 1) == -2);
}
