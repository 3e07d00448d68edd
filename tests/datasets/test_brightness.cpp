#include "catch.h"

#include <algorithm>

#include "datasets/raw_data.h"

using namespace espalier;

TEST_CASE("every pixel times the factor, white at most") {
  const testing::RawData data(testing::image_form());
  const auto brightness = testing::make_disturbance("{type: brightness, factor: [0.5, 2]}");
  CHECK(brightness->levels() == std::vector<std::string>{"x 0.5", "x 2"});
  const auto before = data.raw(datasets::Split::test, 0).values;
  const auto dark = testing::disturbed(*brightness, 0, data).values,
             bright = testing::disturbed(*brightness, 1, data).values;
  for (std::size_t i = 0; i < before.size(); ++i) {
    CHECK(dark[i] == Approx(before[i] / 2));
    CHECK(bright[i] == Approx(std::min(255.0f, 2 * before[i])));
  }
}
