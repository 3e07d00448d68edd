#include "catch.h"
#include "training/made.h"

using namespace espalier;

TEST_CASE("the constant schedule stays at one") {
  const auto schedule = training::made<training::LearningRateSchedule>("lr_schedule", "constant");
  CHECK(schedule->factor(0) == 1.0);
  CHECK(schedule->factor(1) == 1.0);
}
