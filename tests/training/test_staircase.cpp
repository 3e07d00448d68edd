#include "catch.h"
#include "training/made.h"

using namespace espalier;

TEST_CASE("the staircase falls by its factor at each moment") {
  const auto schedule =
      training::made<training::LearningRateSchedule>("lr_schedule", "{type: staircase, at: [0.5, 0.75], factor: 0.1}");
  CHECK(schedule->factor(0.49) == Approx(1));
  CHECK(schedule->factor(0.5) == Approx(0.1));
  CHECK(schedule->factor(0.9) == Approx(0.01));
}
