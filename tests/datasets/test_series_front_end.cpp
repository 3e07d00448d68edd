#include "datasets/series_front_end.h"

#include <cmath>

#include "base/error.h"
#include "base/random.h"
#include "catch.h"
#include "device_runtime/series_frontend_tables.h"

using namespace espalier;
using namespace espalier::datasets;

namespace {

SeriesFrontEnd two_channels(std::int64_t window = 20) {
  return {{{"x", 0.5, device_runtime::fixed_channel(4, 8)}, {"y", 0.001, device_runtime::window_channel(3)}},
          {50, window, window / 2, 7},
          "features"};
}

}  // namespace

TEST_CASE("series front end: channels first, by the device's code, wherever the ring begins") {
  const auto front_end = two_channels();
  CHECK(front_end.shape() == std::vector<std::int64_t>{2, 20, 1});
  Random random(3, "rows");
  std::vector<std::int16_t> rows(40), turned(40);
  for (auto& sample : rows) sample = static_cast<std::int16_t>(random.below(900));
  for (std::size_t i = 0; i < rows.size(); ++i) turned[(i + 14) % 40] = rows[i];
  std::vector<float> features(40), again(40);
  front_end.compute(rows, features);
  front_end.compute(turned, again, 7);
  CHECK(features == again);
  const auto fixed = device_runtime::series_features(front_end.spec(), rows.data());
  for (std::size_t row = 0; row < 20; ++row) {
    CHECK(features[row] == static_cast<float>(fixed[2 * row]) / 65536);
    CHECK(features[20 + row] == static_cast<float>(fixed[2 * row + 1]) / 65536);
    CHECK(features[row] == Approx((rows[2 * row] - 4) / 8.0).margin(1e-3));
  }
}

TEST_CASE("series front end: values become the sensor's samples") {
  const auto front_end = two_channels();
  CHECK(front_end.sample(0, 3.0) == 6);
  CHECK(front_end.sample(0, -3.24) == -6);
  CHECK(front_end.sample(1, 1e9) == 32767);
  CHECK(front_end.sample(1, -1e9) == -32768);
  CHECK(front_end.sample(1, std::nan("")) == 0);
}

TEST_CASE("series front end: its specification brings the same one back") {
  const auto front_end = two_channels();
  const auto json = Json::parse(front_end.json().dump(), "test");
  CHECK(is_series(json));
  CHECK(json.at("lsb").number() == std::ldexp(1.0, -16));
  const SeriesFrontEnd again(json);
  CHECK(again.json().dump() == front_end.json().dump());
  CHECK(again.timing().rate == 50);
  CHECK(again.timing().anchor == 7);
}

TEST_CASE("series front end: what the kernel refuses names the place") {
  CHECK_THROWS_AS(two_channels(1), Error);
  try {
    SeriesFrontEnd({{"x", 0, device_runtime::window_channel(1)}}, {1, 10, 1}, "recipe.yaml:3:4");
    FAIL("a step of 0 was taken");
  } catch (const Error& error) {
    CHECK(error.problems()[0].origin == "recipe.yaml:3:4");
    CHECK(error.problems()[0].text.find("step of channel 'x'") != std::string::npos);
  }
}
