#include <cmath>

#include "catch.h"
#include "tasks/birds.h"

using namespace espalier;

TEST_CASE("answers keep targets, rows and, where a task reads them, inputs") {
  const tasks::Birds data;
  const auto all = tasks::answers_of(data, true);
  CHECK(all.samples() == 6);
  CHECK(all.width == 3);
  CHECK(all.row(4)[1] == 2);
  CHECK(all.labels() == std::vector<std::int64_t>{0, 0, 0, 0, 1, 2});
  CHECK(all.predictions() == std::vector<std::int64_t>{0, 0, 0, 0, 1, 0});
  CHECK(all.inputs == std::vector<float>{0, 1, 2, 3, 4, 5});
  CHECK(tasks::answers_of(data).inputs.empty());
  CHECK(std::isnan(tasks::Answers{}.accuracy()));
}
