#include "datasets/series_augment.h"

#include <algorithm>
#include <cmath>

#include "catch.h"
#include "schema/document.h"

using namespace espalier;
using namespace espalier::datasets;

namespace {

constexpr std::int64_t rows = 64;
const std::vector<double> mean = {10, -2}, deviation = {3, 1};

SeriesAugment augment_of(const std::string& yaml) {
  std::vector<Problem> problems;
  SeriesAugment augment(schema::parse(yaml, "recipe.yaml"), problems);
  refuse(problems);
  return augment;
}

double line(std::int64_t row, std::size_t channel) {
  return mean[channel] + static_cast<double>(row) * (channel ? 2.0 : 1.0);
}

std::vector<double> applied(const SeriesAugment& augment, std::uint64_t sample, std::size_t moving = 2) {
  std::vector<double> out(2 * rows);
  Random random(1, "augment", 0, sample);
  augment.apply({line, mean, deviation, moving}, random, rows, out);
  return out;
}

}  // namespace

TEST_CASE("series augmentation: a shift moves every channel by the same rows") {
  const auto augment = augment_of("{time_shift: 5}");
  double most = 0;
  for (std::uint64_t sample = 0; sample < 50; ++sample) {
    const auto out = applied(augment, sample);
    const double shift = out[0] - mean[0];
    most = std::max(most, std::abs(shift));
    CHECK(shift == std::round(shift));
    for (std::int64_t row = 0; row < rows; ++row) {
      CHECK(out[static_cast<std::size_t>(2 * row)] == Approx(mean[0] + static_cast<double>(row) + shift));
      CHECK(out[static_cast<std::size_t>(2 * row + 1)] == Approx(mean[1] + 2 * (static_cast<double>(row) + shift)));
    }
  }
  CHECK(most == 5);
}

TEST_CASE("series augmentation: warped time never runs backwards and keeps the centre") {
  const auto augment = augment_of("{time_warp: 0.9, speed: [0.9, 1.1]}");
  for (std::uint64_t sample = 0; sample < 50; ++sample) {
    const auto out = applied(augment, sample);
    for (std::size_t row = 1; row < rows; ++row) CHECK(out[2 * row] > out[2 * (row - 1)]);
    CHECK((out[2 * 31] + out[2 * 32]) / 2 == Approx(mean[0] + 31.5).margin(1));
  }
}

TEST_CASE("series augmentation: a gain is around the mean, noise is in deviations, constants stay") {
  const auto louder = applied(augment_of("{scale: [2, 2]}"), 1);
  CHECK(louder[2 * 7] == Approx(mean[0] + 14));
  CHECK(louder[2 * 7 + 1] == Approx(mean[1] + 28));
  CHECK(applied(augment_of("{scale: [2, 2], jitter: 1}"), 1, 1)[2 * 7 + 1] == Approx(mean[1] + 14));
  double squares = 0;
  for (std::uint64_t sample = 0; sample < 100; ++sample) {
    const auto noisy = applied(augment_of("{jitter: 0.5}"), sample);
    for (std::size_t row = 0; row < rows; ++row)
      squares += std::pow(noisy[2 * row] - line(static_cast<std::int64_t>(row), 0), 2);
  }
  CHECK(std::sqrt(squares / (100 * rows)) == Approx(0.5 * deviation[0]).epsilon(0.05));
}

TEST_CASE("series augmentation: channels fall silent at their mean, never all of them") {
  const auto augment = augment_of("{channel_dropout: 0.9}");
  int silent = 0;
  for (std::uint64_t sample = 0; sample < 100; ++sample) {
    const auto out = applied(augment, sample);
    int here = 0;
    for (std::size_t c = 0; c < 2; ++c) here += out[2 * 9 + c] == mean[c];
    CHECK(here < 2);
    silent += here;
  }
  CHECK(silent > 70);
}

TEST_CASE("series augmentation: without a block nothing changes; ranges are checked") {
  std::vector<Problem> problems;
  CHECK(SeriesAugment({}, problems).views() == 1);
  for (const auto* block : {"{scale: [2, 1]}", "{scale: [1]}", "{speed: [0, 1]}", "{jitter: -1}", "{warp: 1}"}) {
    std::vector<Problem> found;
    SeriesAugment(schema::parse(block, "recipe.yaml"), found);
    CHECK(found.size() == 1);
  }
}
