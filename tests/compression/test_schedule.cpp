#include "compression/schedule.h"

#include <cmath>

#include "base/error.h"
#include "catch.h"

using namespace espalier;
using compression::Ramp, compression::value_at;

TEST_CASE("every ramp ends at its end, and all but constant begin at their start") {
  for (const auto& name : compression::ramp_names()) {
    INFO(name);
    const auto ramp = compression::ramp_of(name);
    CHECK(value_at(ramp, 0.1, 0.7, 1) == 0.7);
    CHECK(value_at(ramp, 0.1, 0.7, 0) == Approx(ramp == Ramp::constant ? 0.7 : 0.1));
    CHECK(value_at(ramp, 0.1, 0.7, 2) == 0.7);
    CHECK(value_at(ramp, 0.1, 0.7, -1) == value_at(ramp, 0.1, 0.7, 0));
  }
}

TEST_CASE("ramps move one way, up or down") {
  for (const auto& name : compression::ramp_names())
    for (int i = 0; i < 100; ++i) {
      INFO(name << " " << i);
      const auto ramp = compression::ramp_of(name);
      CHECK(value_at(ramp, 0, 1, (i + 1) / 100.0) >= value_at(ramp, 0, 1, i / 100.0));
      CHECK(value_at(ramp, 1, 0.5, (i + 1) / 100.0) <= value_at(ramp, 1, 0.5, i / 100.0));
    }
}

TEST_CASE("ramps have their published shapes") {
  CHECK(value_at(Ramp::linear, 0, 1, 0.25) == Approx(0.25));
  CHECK(value_at(Ramp::cubic, 0, 1, 0.5) == Approx(1 - 0.125));
  CHECK(value_at(Ramp::cubic, 0.2, 0.8, 0.25) == Approx(0.8 - 0.6 * std::pow(0.75, 3)));
  CHECK(value_at(Ramp::cosine, 0, 1, 0.5) == Approx(0.5));
  CHECK(value_at(Ramp::cosine, 0, 1, 0.25) == Approx((1 - std::cos(std::acos(-1.0) / 4)) / 2));
}

TEST_CASE("an unknown ramp is an error") { CHECK_THROWS_AS(compression::ramp_of("square"), Error); }
