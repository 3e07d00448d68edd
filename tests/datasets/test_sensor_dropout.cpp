#include "catch.h"
#include "datasets/raw_data.h"

using namespace espalier;

static std::vector<std::size_t> silent(const datasets::RawSample& sample, bool stuck) {
  const auto channels = static_cast<std::size_t>(sample.form.channels);
  std::vector<std::size_t> all;
  for (std::size_t channel = 0; channel < channels; ++channel) {
    bool same = true;
    for (std::size_t at = channel; at < sample.values.size(); at += channels)
      same &= sample.values[at] == (stuck ? sample.values[channel] : 0.0f);
    if (same) all.push_back(channel);
  }
  return all;
}

TEST_CASE("as many sensors as asked for fall silent, and more keep silent those that fewer did") {
  const testing::RawData data(testing::series_form(4));
  const auto dropout = testing::make_disturbance("{type: sensor_dropout, sensors: [1, 3]}");
  CHECK(dropout->levels() == std::vector<std::string>{"1 sensor", "3 sensors"});
  const auto one = silent(testing::disturbed(*dropout, 0, data), false);
  const auto three = silent(testing::disturbed(*dropout, 1, data), false);
  CHECK(one.size() == 1);
  CHECK(three.size() == 3);
  CHECK(std::includes(three.begin(), three.end(), one.begin(), one.end()));
}

TEST_CASE("a stuck sensor repeats its first value") {
  const testing::RawData data(testing::series_form(4));
  const auto dropout = testing::make_disturbance("{type: sensor_dropout, reads: stuck}");
  CHECK(silent(testing::disturbed(*dropout, 0, data), true).size() == 1);
}

TEST_CASE("the last sensor cannot be silenced") {
  const testing::RawData one(testing::series_form(1)), two(testing::series_form(2));
  CHECK(refusal_of(*testing::make_disturbance("type: sensor_dropout"), one) ==
        "silences 1 of 1 sensor, which leaves none");
  CHECK(refusal_of(*testing::make_disturbance("type: sensor_dropout"), two).empty());
  CHECK(refusal_of(*testing::make_disturbance("{type: sensor_dropout, sensors: [1, 2]}"), two) ==
        "silences 2 of 2 sensors, which leaves none");
}
