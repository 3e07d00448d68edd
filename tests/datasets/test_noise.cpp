#include "catch.h"

#include <algorithm>

#include "datasets/raw_data.h"

using namespace espalier;

static double power(const std::vector<float>& values, std::size_t first, std::size_t channels) {
  double sum = 0, squares = 0;
  std::size_t count = 0;
  for (std::size_t i = first; i < values.size(); i += channels, ++count) sum += values[i];
  for (std::size_t i = first; i < values.size(); i += channels)
    squares += (values[i] - sum / static_cast<double>(count)) * (values[i] - sum / static_cast<double>(count));
  return squares / static_cast<double>(count);
}

static std::vector<float> difference(const std::vector<float>& after, const std::vector<float>& before) {
  std::vector<float> added(after.size());
  for (std::size_t i = 0; i < after.size(); ++i) added[i] = after[i] - before[i];
  return added;
}

TEST_CASE("noise has the power asked for, in every channel of its own, and no mean") {
  const testing::RawData data(testing::series_form());
  const auto noise = testing::make_disturbance("{type: noise, snr: [20, 0]}");
  CHECK(noise->levels() == std::vector<std::string>{"20 dB", "0 dB"});
  const auto before = data.raw(datasets::Split::test, 0).values;
  for (std::size_t level = 0; level < 2; ++level) {
    const auto added = difference(testing::disturbed(*noise, level, data).values, before);
    for (std::size_t channel = 0; channel < 4; ++channel)
      CHECK(power(before, channel, 4) / power(added, channel, 4) == Approx(level == 0 ? 100 : 1).epsilon(1e-3));
    CHECK(std::abs(added[0] + added[4]) < 1e4f);
  }
  // The same noise at every level, weaker or stronger.
  const auto weak = difference(testing::disturbed(*noise, 0, data).values, before),
             strong = difference(testing::disturbed(*noise, 1, data).values, before);
  for (std::size_t i = 0; i < weak.size(); ++i) CHECK(strong[i] == Approx(10 * weak[i]).margin(1e-3));
}

TEST_CASE("background noise comes from the data; without any it is refused with what to write instead") {
  const auto noise = testing::make_disturbance("{type: noise, source: background, snr: [0]}");
  const testing::RawData noisy(testing::sound_form(), true), quiet(testing::sound_form(), false),
      series(testing::series_form(), true);
  CHECK(refusal_of(*noise, noisy).empty());
  CHECK(refusal_of(*noise, quiet).find("say `source: white`") != std::string::npos);
  CHECK(refusal_of(*noise, series) == "happens to sound; the data are series");
  const auto before = noisy.raw(datasets::Split::test, 0).values;
  const auto added = difference(testing::disturbed(*noise, 0, noisy).values, before);
  CHECK(power(before, 0, 1) / power(added, 0, 1) == Approx(1).epsilon(1e-3));
}

TEST_CASE("digital silence stays silent") {
  const testing::RawData data(testing::sound_form());
  const auto noise = testing::make_disturbance("type: noise");
  datasets::RawSample silence{testing::sound_form(), std::vector<float>(400)};
  Random random(1, "robustness");
  noise->disturb(silence, 0, random, data);
  CHECK(std::all_of(silence.values.begin(), silence.values.end(), [](float value) { return value == 0; }));
}
