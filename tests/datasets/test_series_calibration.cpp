#include "datasets/series_calibration.h"

#include <cmath>

#include "catch.h"

using namespace espalier;
using namespace espalier::datasets;

namespace {

/// One recording of two channels: whole numbers, and fractions thereof.
SeriesCatalog catalog() {
  SeriesCatalog catalog;
  catalog.channels = {"whole", "fraction"};
  catalog.timing = {10, 8, 8};
  SeriesRecording recording;
  recording.rows = 8;
  for (int i = 0; i < 8; ++i) {
    recording.values.push_back(static_cast<float>(100 * i));
    recording.values.push_back(static_cast<float>(0.001 * (i % 2)));
  }
  catalog.recordings.push_back(std::move(recording));
  catalog.splits[0].push_back({});
  return catalog;
}

std::string refusal(const SeriesFeatureOptions& options) {
  std::vector<Problem> problems;
  CHECK(!calibrate(options, "recipe.yaml:1:1", catalog(), problems).has_value());
  REQUIRE(!problems.empty());
  return problems[0].text;
}

}  // namespace

TEST_CASE("calibration: steps, means and deviations of the training windows") {
  std::vector<Problem> problems;
  const auto found = calibrate({}, "recipe.yaml:1:1", catalog(), problems);
  refuse(problems);
  const auto& channels = found->front_end.channels();
  CHECK(channels[0].step == 1);
  CHECK(channels[1].step == std::exp2(std::round(std::log2(channels[1].step))));
  CHECK(channels[1].step * 32767 >= 0.002);
  CHECK(channels[1].step * 32767 < 0.004);
  CHECK(found->mean[0] == Approx(350));
  CHECK(found->deviation[0] == Approx(100 * std::sqrt(5.25)));
  CHECK(found->deviation[1] == Approx(0.0005));
  CHECK(channels[0].kernel.mean_q8 == 350 * 256);
}

TEST_CASE("calibration: what the recipe says wins") {
  std::vector<Problem> problems;
  SeriesFeatureOptions options;
  options.normalization = {"fixed", "window"};
  options.step = {2, 0.0001};
  options.mean = {100};
  options.deviation = {50};
  options.least_deviation = 0.0007;
  const auto found = calibrate(options, "recipe.yaml:1:1", catalog(), problems);
  refuse(problems);
  const auto& channels = found->front_end.channels();
  CHECK(channels[0].kernel.mean_q8 == 50 * 256);
  CHECK(std::ldexp(channels[0].kernel.multiplier, -channels[0].kernel.shift) == Approx(256 / 25.0));
  CHECK(channels[1].kernel.normalization == ESPALIER_SERIES_WINDOW);
  CHECK(channels[1].kernel.least_deviation == 7);
}

TEST_CASE("calibration: what does not suit the channels is refused") {
  SeriesFeatureOptions options;
  options.step = {1, 2, 3};
  CHECK(refusal(options).find("step has 3 entries for 2 channels (whole, fraction)") != std::string::npos);
  options = {};
  options.normalization = {"min_max"};
  CHECK(refusal(options).find("must be fixed or window") != std::string::npos);
  options = {};
  options.step = {0.001};
  CHECK(refusal(options).find("channel 'whole': mean 350") != std::string::npos);
  options.step = {-1};
  CHECK(refusal(options).find("out of range") != std::string::npos);
}

TEST_CASE("calibration: a channel that never changes is noted") {
  auto silent = catalog();
  for (std::size_t i = 1; i < 16; i += 2) silent.recordings[0].values[i] = 4;
  std::vector<Problem> problems;
  const auto found = calibrate({}, "recipe.yaml:1:1", silent, problems);
  refuse(problems);
  REQUIRE(found->notes.size() == 1);
  CHECK(found->notes[0].find("'fraction' never changes") != std::string::npos);
}
