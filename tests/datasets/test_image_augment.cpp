#include "datasets/image_augment.h"

#include <algorithm>

#include "catch.h"
#include "schema/document.h"
#include "small_images.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

ImageAugment made(const std::string& yaml) {
  std::vector<Problem> problems;
  ImageAugment made(schema::parse(yaml, "recipe.yaml"), problems);
  refuse(problems);
  return made;
}

ImageFrontEnd front_end(std::int64_t side, std::int64_t channels = 3) {
  std::vector<Problem> problems;
  ImageOptions options;
  options.size = {side, side};
  options.channels = channels;
  return {options, {}, problems};
}

const std::string everything =
    "{pad_crop: 2, flip: 0.5, random_resized_crop: {area: [0.3, 1]}, affine: {rotate: 10, translate: 0.1}, "
    "colour: {brightness: 0.3, contrast: 0.3, saturation: 0.3, hue: 0.1}, rand_augment: {operations: 1}, "
    "cutout: {size: 4, holes: 2}}";

}  // namespace

TEST_CASE("image augment: nothing asked for is the front end alone") {
  const auto image = noisy_image(20, 16, 3, 1);
  const auto plain = front_end(12);
  CHECK(made("views: 0").apply(image, plain, {1, 2, 3}).pixels == plain.pixels(image).pixels);
}

TEST_CASE("image augment: a function of seed, epoch and sample") {
  const auto image = noisy_image(20, 16, 3, 1);
  const auto augment = made(everything);
  const auto seen = front_end(12);
  const auto of = [&](std::uint64_t seed, std::uint64_t epoch, std::uint64_t sample) {
    const auto changed = augment.apply(image, seen, {seed, epoch, sample});
    CHECK(changed.pixels.size() == 12 * 12 * 3);
    return changed.pixels;
  };
  CHECK(of(1, 2, 3) == of(1, 2, 3));
  CHECK(of(1, 2, 3) != of(2, 2, 3));
  CHECK(of(1, 2, 3) != of(1, 3, 3));
  CHECK(of(1, 2, 3) != of(1, 2, 4));
}

TEST_CASE("image augment: one transform more leaves the others' draws alone") {
  const auto image = noisy_image(12, 12, 3, 1);
  const auto seen = front_end(12);
  for (std::uint64_t sample = 0; sample < 20; ++sample) {
    const auto plain = made("flip: 0.5").apply(image, seen, {1, 0, sample});
    const auto recoloured = made("{flip: 0.5, colour: {brightness: 0.5}}").apply(image, seen, {1, 0, sample});
    // Brightness keeps the order of pixels, so where the plain picture is brightest the other one is, too.
    const auto at = std::max_element(plain.pixels.begin(), plain.pixels.end()) - plain.pixels.begin();
    CHECK(recoloured.pixels[static_cast<std::size_t>(at)] ==
          *std::max_element(recoloured.pixels.begin(), recoloured.pixels.end()));
  }
}

TEST_CASE("image augment: each transform does what it says") {
  const Image ramp{16, 16, 1, [] {
                     std::vector<std::uint8_t> pixels;
                     for (int i = 0; i < 256; ++i) pixels.push_back(static_cast<std::uint8_t>(i % 16 * 16));
                     return pixels;
                   }()};
  const auto gray = front_end(16, 1);
  int flips = 0;
  for (std::uint64_t sample = 0; sample < 200; ++sample)
    flips += made("flip: 0.25").apply(ramp, gray, {1, 0, sample}).pixels != ramp.pixels;
  CHECK(flips > 30);
  CHECK(flips < 70);
  // A crop of an eighth of the area and more shows a part of the ramp: fewer shades.
  const auto crop = made("random_resized_crop: {area: [0.2, 0.2], ratio: [1, 1]}").apply(ramp, gray, {1, 0, 5});
  CHECK(*std::max_element(crop.pixels.begin(), crop.pixels.end()) -
            *std::min_element(crop.pixels.begin(), crop.pixels.end()) <
        130);
  auto holes = made("cutout: {size: 6}").apply({16, 16, 1, std::vector<std::uint8_t>(256, 9)}, gray, {1, 0, 5});
  const auto blanked = std::count(holes.pixels.begin(), holes.pixels.end(), 128);
  CHECK(blanked >= 9);
  CHECK(blanked <= 36);
}

TEST_CASE("image augment: mistakes") {
  CHECK_THROWS_AS(made("flips: 0.5"), Error);
  CHECK_THROWS_AS(made("random_resized_crop: {area: [0.5, 0.2]}"), Error);
  CHECK_THROWS_AS(made("random_resized_crop: {area: [0.5]}"), Error);
  CHECK_THROWS_AS(made("random_resized_crop: {area: [0, 1]}"), Error);
  CHECK_THROWS_AS(made("cutout: {size: 0}"), Error);
  CHECK_THROWS_AS(made("colour: {brightness: 2}"), Error);
}
