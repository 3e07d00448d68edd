#include "catch.h"
#include "training/made.h"

using namespace espalier;

TEST_CASE("the cosine schedule falls from one to its final fraction, half way in the middle") {
  const auto schedule = training::made<training::LearningRateSchedule>("lr_schedule", "{type: cosine, final: 0.2}");
  CHECK(schedule->factor(0) == Approx(1));
  CHECK(schedule->factor(0.5) == Approx(0.6));
  CHECK(schedule->factor(1) == Approx(0.2));
}
