#include "catch.h"

#include <algorithm>

#include "datasets/raw_data.h"

using namespace espalier;

/// Steps at which anything changed.
static std::vector<std::int64_t> lost(const datasets::RawSample& before, const datasets::RawSample& after) {
  std::vector<std::int64_t> steps;
  for (std::int64_t i = 0; i < before.form.elements(); ++i)
    if (before.values[static_cast<std::size_t>(i)] != after.values[static_cast<std::size_t>(i)])
      if (const auto step = i / before.form.channels; steps.empty() || steps.back() != step) steps.push_back(step);
  return steps;
}

TEST_CASE("the fraction asked for is lost, in stretches, and more loses what less lost") {
  const testing::RawData data(testing::sound_form());
  const auto missing = testing::make_disturbance("{type: missing_frames, missing: [0.1, 0.5, 1], gap: 0.05}");
  const auto before = data.raw(datasets::Split::test, 0);
  const auto tenth = testing::disturbed(*missing, 0, data), half = testing::disturbed(*missing, 1, data);
  const auto few = lost(before, tenth), many = lost(before, half);
  CHECK(few.size() == 40);
  CHECK(many.size() == 200);
  CHECK(std::includes(many.begin(), many.end(), few.begin(), few.end()));
  for (const auto step : few) CHECK(tenth.values[static_cast<std::size_t>(step)] == 0);
  const auto all = testing::disturbed(*missing, 2, data).values;
  CHECK(std::all_of(all.begin(), all.end(), [](float value) { return value == 0; }));
}

TEST_CASE("a series holds the last value that arrived, or reads zero where the recipe says so") {
  const testing::RawData data(testing::series_form(2));
  const auto before = data.raw(datasets::Split::test, 1);
  const auto held =
      testing::disturbed(*testing::make_disturbance("{type: missing_frames, missing: [0.2], gap: 0.1}"), 0, data, 1);
  for (const auto step : lost(before, held))
    for (std::int64_t channel = 0; channel < 2; ++channel) {
      const auto at = static_cast<std::size_t>(step * 2 + channel);
      CHECK(held.values[at] == (step == 0 ? 0 : held.values[at - 2]));
    }
  const auto zero = testing::disturbed(
      *testing::make_disturbance("{type: missing_frames, missing: [0.2], gap: 0.1, reads: zero}"), 0, data, 1);
  const auto steps = lost(before, zero);
  CHECK(steps.size() == 10);
  for (const auto step : steps) CHECK(zero.values[static_cast<std::size_t>(step * 2)] == 0);
}
