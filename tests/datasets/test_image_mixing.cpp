#include "datasets/image_mixing.h"

#include "catch.h"
#include "schema/document.h"
#include "small_images.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

ImageMixing made(const std::string& yaml) {
  std::vector<Problem> problems;
  const auto options =
      schema::read_options<ImageAugmentOptions>(schema::parse(yaml, "recipe.yaml"), "augment", problems);
  ImageMixing mixing(options, problems);
  refuse(problems);
  return mixing;
}

}  // namespace

TEST_CASE("image mixing: nothing without the blocks") {
  const auto mixing = made("flip: 0.5");
  CHECK_FALSE(mixing.mixes());
  CHECK(mixing.draw({1, 2, 3}, 10, 8, 8).partner == -1);
}

TEST_CASE("image mixing: shares, partners and weights") {
  const auto mixing = made("{mixup: {alpha: 1, probability: 0.5}, cutmix: {probability: 0.25}}");
  int mixed = 0, cut = 0;
  double sum = 0;
  for (std::uint64_t sample = 0; sample < 2000; ++sample) {
    const auto mix = mixing.draw({1, 0, sample}, 7, 10, 20);
    const auto again = mixing.draw({1, 0, sample}, 7, 10, 20);
    CHECK(mix.weight == again.weight);
    if (mix.partner < 0) continue;
    CHECK(mix.partner < 7);
    CHECK(mix.weight >= 0);
    CHECK(mix.weight <= 1);
    ++mixed;
    if (mix.part.width == 0) {
      sum += mix.weight;
      continue;
    }
    ++cut;
    CHECK(mix.part.left >= 0);
    CHECK(mix.part.top >= 0);
    CHECK(mix.part.left + mix.part.width <= 20);
    CHECK(mix.part.top + mix.part.height <= 10);
    CHECK(mix.weight == Approx(static_cast<double>(mix.part.width * mix.part.height) / 200));
  }
  CHECK(mixed == Approx(2000 * 0.625).margin(80));
  CHECK(cut == Approx(2000 * 0.25).margin(60));
  CHECK(sum / (mixed - cut) == Approx(0.5).margin(0.04));
}

TEST_CASE("image mixing: Beta has its mean and variance") {
  for (const double alpha : {0.2, 1.0, 5.0}) {
    Random random(3, "beta");
    double sum = 0, squares = 0;
    constexpr int draws = 20000;
    for (int i = 0; i < draws; ++i) {
      const double value = draw_beta(random, alpha);
      sum += value, squares += value * value;
    }
    const double mean = sum / draws;
    CHECK(mean == Approx(0.5).margin(0.01));
    CHECK(squares / draws - mean * mean == Approx(1 / (4 * (2 * alpha + 1))).epsilon(0.05));
  }
}

TEST_CASE("image mixing: mixup is a mean, cutmix a rectangle of each channel") {
  std::vector<float> features(2 * 2 * 3, 1), other(2 * 2 * 3, 5);
  mix_into(features, other, {0, 0.25f, {}}, {2, 2, 3});
  for (const float value : features) CHECK(value == 2);
  mix_into(features, other, {0, 0.5f, {1, 0, 2, 1}}, {2, 2, 3});
  CHECK(features == std::vector<float>{2, 5, 5, 2, 2, 2, 2, 5, 5, 2, 2, 2});
}
