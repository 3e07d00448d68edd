#include "catch.h"
#include "datasets/raw_data.h"

using namespace espalier;

/// By how much `after` is `before` moved, whatever came in at the end; -1: not at all.
static std::int64_t shift_of(const datasets::RawSample& before, const datasets::RawSample& after, std::int64_t by) {
  const auto channels = before.form.channels, size = before.form.elements();
  for (const auto later : {by, -by}) {
    bool same = true;
    for (auto i = std::max<std::int64_t>(0, later * channels); i < size + std::min<std::int64_t>(0, later * channels);
         ++i)
      same &=
          after.values[static_cast<std::size_t>(i)] == before.values[static_cast<std::size_t>(i - later * channels)];
    if (same) return later;
  }
  return 0;
}

TEST_CASE("sound moves both ways and silence moves in") {
  const testing::RawData data(testing::sound_form());
  const auto shift = testing::make_disturbance("{type: time_shift, shift: [0.1]}");
  CHECK(shift->levels() == std::vector<std::string>{"10 %"});
  int later = 0, earlier = 0;
  for (std::int64_t index = 0; index < 10; ++index) {
    const auto before = data.raw(datasets::Split::test, index), after = testing::disturbed(*shift, 0, data, index);
    const auto by = shift_of(before, after, 40);
    REQUIRE(std::abs(by) == 40);
    ++(by > 0 ? later : earlier);
    CHECK(after.values[by > 0 ? 39 : 360] == 0);
  }
  CHECK((later > 0 && earlier > 0));
}

TEST_CASE("a series moves as a whole and keeps its value at the edge") {
  const testing::RawData data(testing::series_form(3));
  const auto shift = testing::make_disturbance("{type: time_shift, shift: [0.2]}");
  const auto before = data.raw(datasets::Split::test, 0), after = testing::disturbed(*shift, 0, data);
  const auto by = shift_of(before, after, 10);
  REQUIRE(std::abs(by) == 10);
  for (std::size_t channel = 0; channel < 3; ++channel)
    for (std::size_t step = 0; step < 10; ++step) {
      const auto filled = by > 0 ? step : 49 - step, edge = by > 0 ? std::size_t{0} : std::size_t{49};
      CHECK(after.values[filled * 3 + channel] == before.values[edge * 3 + channel]);
    }
}
