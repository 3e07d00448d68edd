#include "catch.h"
#include "datasets/raw_data.h"

using namespace espalier;

/// 12 x 16 of 3 colours, all of `value`.
static datasets::RawSample plain(float value) {
  return {testing::image_form(), std::vector<float>(static_cast<std::size_t>(testing::image_form().elements()), value)};
}

static void blur(datasets::RawSample& sample, const std::string& yaml) {
  const testing::RawData data(testing::image_form());
  Random random(1, "robustness");
  testing::make_disturbance(yaml)->disturb(sample, 0, random, data);
}

TEST_CASE("a plain picture stays plain, to its edges") {
  auto sample = plain(80);
  blur(sample, "{type: blur, sigma: [2]}");
  for (const float value : sample.values) CHECK(value == Approx(80).epsilon(1e-5));
}

TEST_CASE("a point becomes a Gaussian of its colour, even in both directions") {
  auto sample = plain(0);
  const auto at = [&](int y, int x, int colour) -> float& {
    return sample.values[static_cast<std::size_t>((y * 16 + x) * 3 + colour)];
  };
  at(6, 8, 1) = 100;
  blur(sample, "{type: blur, sigma: [1]}");
  double weights = 0;
  for (int i = -3; i <= 3; ++i) weights += std::exp(-i * i / 2.0);
  CHECK(at(6, 8, 1) == Approx(100 / (weights * weights)).epsilon(1e-4));
  CHECK(at(6, 9, 1) == Approx(at(6, 8, 1) * std::exp(-0.5)).epsilon(1e-4));
  CHECK(at(5, 8, 1) == Approx(at(6, 9, 1)).epsilon(1e-5));
  CHECK(at(6, 8, 0) == 0);
  CHECK(at(6, 8, 2) == 0);
}
