#include "reporting/pace.h"

#include "catch.h"

using espalier::reporting::Pace;

TEST_CASE("an even pace is found at once") {
  Pace pace;
  pace.start(0, 100);
  CHECK(pace.steps_per_second() == 0);
  CHECK(pace.seconds_left(1000) < 0);
  for (int second = 1; second <= 5; ++second) pace.reach(20 * second, 100 + second);
  CHECK(pace.steps_per_second() == Approx(20));
  CHECK(pace.seconds_left(1000) == Approx(45));
  CHECK(pace.seconds_left(100) == 0);
  CHECK(pace.seconds_left(0) < 0);
}

TEST_CASE("a slow start is forgotten, a resumed stage counts from where it resumes") {
  Pace pace;
  pace.start(5000, 0);
  pace.reach(5001, 10);
  CHECK(pace.steps_per_second() == Approx(0.1));
  for (int second = 1; second <= 60; ++second) pace.reach(5001 + 50 * second, 10 + second);
  CHECK(pace.steps_per_second() == Approx(50).epsilon(0.01));
  CHECK(pace.seconds_left(10000) == Approx((10000 - 8001) / 50.0).epsilon(0.01));
}

TEST_CASE("steps that take no time or go back change nothing") {
  Pace pace;
  pace.start(10, 0);
  pace.reach(20, 0);
  pace.reach(5, 3);
  CHECK(pace.steps_per_second() == 0);
}
