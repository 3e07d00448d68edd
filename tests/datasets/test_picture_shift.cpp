#include "catch.h"

#include <set>

#include "datasets/disturbed.h"
#include "datasets/raw_data.h"

using namespace espalier;
using datasets::Split;

TEST_CASE("what a picture shows lies elsewhere, and its edge is repeated") {
  const testing::RawData data(testing::image_form());  // 12 x 16 x 3
  const auto shift = testing::make_disturbance("{type: picture_shift, shift: [0.25, 0]}");
  CHECK(shift->levels() == std::vector<std::string>{"25 %", "0 %"});
  std::set<std::pair<std::int64_t, std::int64_t>> ways;
  for (std::int64_t index = 0; index < 10; ++index) {
    const auto before = data.raw(Split::test, index), after = testing::disturbed(*shift, 0, data, index);
    Random random(1, "robustness", 0, static_cast<std::uint64_t>(index));
    const auto moved = shift->displacement(0, random);
    const auto right = moved.pixels_right(16), down = moved.pixels_down(12);
    CHECK(std::abs(right) == 4);
    CHECK(std::abs(down) == 3);
    ways.insert({right, down});
    const auto at = [](const auto& sample, std::int64_t y, std::int64_t x, std::int64_t channel) {
      y = std::clamp<std::int64_t>(y, 0, 11), x = std::clamp<std::int64_t>(x, 0, 15);
      return sample.values[static_cast<std::size_t>((y * 16 + x) * 3 + channel)];
    };
    std::int64_t wrong = 0;
    for (std::int64_t y = 0; y < 12; ++y)
      for (std::int64_t x = 0; x < 16; ++x)
        for (std::int64_t channel = 0; channel < 3; ++channel)
          wrong += at(after, y, x, channel) != at(before, y - down, x - right, channel);
    CHECK(wrong == 0);
    CHECK(testing::disturbed(*shift, 1, data, index).values == before.values);
  }
  CHECK(ways.size() > 1);
}

TEST_CASE("the target moves as the sample does, and other disturbances leave it") {
  struct Told final : testing::RawData {
    Told() : RawData(testing::image_form()) {}
    datasets::Target moved_target(Split, std::int64_t, const datasets::Displacement& moved) const override {
      datasets::Target target;
      target.values = {static_cast<float>(moved.right), static_cast<float>(moved.down)};
      return target;
    }
  };
  const Told data;
  const datasets::Disturbed moved(data, Split::test, {2}, {testing::make_disturbance("type: picture_shift"), 1}, 1),
      dark(data, Split::test, {2}, {testing::make_disturbance("type: brightness"), 0}, 1);
  const auto values = moved.target(Split::test, 0).values;
  REQUIRE(values.size() == 2);
  CHECK(std::abs(values[0]) == 0.1F);
  CHECK(dark.target(Split::test, 0).values == std::vector<float>{0, 0});
  std::vector<float> features(12 * 16 * 3), before(features.size());
  moved.features(Split::test, 0, {}, features);
  data.features(Split::test, 2, {}, before);
  const auto right = std::llround(16 * values[0]), down = std::llround(12 * values[1]);  // RawData keeps the order
  CHECK(features[(6 * 16 + 8) * 3] == before[static_cast<std::size_t>(((6 - down) * 16 + 8 - right) * 3)]);
}
