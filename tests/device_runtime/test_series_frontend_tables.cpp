#include <cmath>
#include <stdexcept>

#include "catch.h"
#include "device_runtime/series_frontend_tables.h"

using namespace espalier::device_runtime;

TEST_CASE("a fixed channel's constants are its deviation to 2^-30") {
  for (const double deviation : {6.2e-5, 0.3, 1.0, 255.9, 256.0, 256.1, 32768.0}) {
    const auto channel = fixed_channel(12.345, deviation);
    CHECK(channel.mean_q8 == std::lround(256 * 12.345));
    CHECK(std::ldexp(channel.multiplier, -channel.shift) == Approx(256 / deviation).epsilon(1e-9));
    CHECK(channel.multiplier >= 1 << 30);
  }
}

TEST_CASE("what a fixed channel cannot hold is refused, a window's least deviation is bounded") {
  CHECK_THROWS_AS(fixed_channel(0, 0), std::invalid_argument);
  CHECK_THROWS_AS(fixed_channel(0, 1e6), std::invalid_argument);
  CHECK_THROWS_AS(fixed_channel(40000, 1), std::invalid_argument);
  CHECK_THROWS_AS(fixed_channel(std::nan(""), 1), std::invalid_argument);
  CHECK_THROWS_AS(fixed_channel(0, std::nan("")), std::invalid_argument);
  CHECK(window_channel(0).least_deviation == 1);
  CHECK(window_channel(2.6).least_deviation == 3);
  CHECK(window_channel(1e9).least_deviation == 32767);
}
