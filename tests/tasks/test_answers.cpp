#include <cmath>

#include "catch.h"
#include "tasks/birds.h"

using namespace espalier;

TEST_CASE("answers keep targets and rows") {
  const tasks::Birds data;
  const auto all = tasks::answers_of(data);
  CHECK(all.samples() == 6);
  CHECK(all.width == 3);
  CHECK(all.row(4)[1] == 2);
  CHECK(all.labels() == std::vector<std::int64_t>{0, 0, 0, 0, 1, 2});
  CHECK(all.predictions() == std::vector<std::int64_t>{0, 0, 0, 0, 1, 0});
  CHECK(std::isnan(tasks::Answers{}.accuracy()));
}

TEST_CASE("of a reconstruction the errors alone are kept") {
  const tasks::Birds data;
  const auto all = tasks::ask(data, datasets::Split::test, 0, true,
                              [](const datasets::Batch& batch, std::vector<float>& values) -> graph::Shape {
                                for (const auto sample : batch.samples)
                                  values.push_back(sample == 4 ? 7.0f : batch.features[0]);
                                return {1};
                              });
  CHECK(all.width == 1);
  CHECK(all.samples() == 6);
  // Sample i is the number i; what comes back is 7 for sample 4, else 0.
  CHECK(all.values == std::vector<float>{0, 1, 4, 9, 9, 25});
}
