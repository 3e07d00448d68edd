#include "datasets/rand_augment.h"

#include <set>

#include "catch.h"
#include "schema/document.h"
#include "small_images.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

RandAugment made(const std::string& yaml) {
  std::vector<Problem> problems;
  RandAugment made(yaml.empty() ? schema::Value() : schema::parse(yaml, "recipe.yaml"), problems);
  refuse(problems);
  return made;
}

}  // namespace

TEST_CASE("rand_augment: a function of its stream; many pictures come of one") {
  const auto image = noisy_image(16, 16, 3, 1);
  const auto augment = made("{operations: 2, magnitude: 9}");
  std::set<std::vector<std::uint8_t>> seen;
  for (std::uint64_t sample = 0; sample < 60; ++sample) {
    const auto changed = augment.apply(image, Random(1, "r", 0, sample));
    CHECK(changed.pixels == augment.apply(image, Random(1, "r", 0, sample)).pixels);
    CHECK(changed.pixels.size() == image.pixels.size());
    seen.insert(changed.pixels);
  }
  CHECK(seen.size() > 40);
}

TEST_CASE("rand_augment: nothing without the block, operations or strength; gray pictures too") {
  const auto image = noisy_image(16, 16, 1, 2);
  CHECK(made("").apply(image, Random(1, "r")).pixels == image.pixels);
  CHECK(made("operations: 0").apply(image, Random(1, "r")).pixels == image.pixels);
  for (std::uint64_t sample = 0; sample < 30; ++sample)
    CHECK(made("{operations: 3, magnitude: 30}").apply(image, Random(1, "r", 0, sample)).channels == 1);
  CHECK_THROWS_AS(made("magnitude: 31"), Error);
  CHECK_THROWS_AS(made("operation: 2"), Error);
}
