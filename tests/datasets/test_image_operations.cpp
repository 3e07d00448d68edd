#include "datasets/image_operations.h"

#include <set>

#include "catch.h"
#include "small_images.h"

using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

using Pixels = std::vector<std::uint8_t>;

Image gray(std::int64_t width, std::int64_t height, Pixels pixels) { return {width, height, 1, std::move(pixels)}; }

}  // namespace

TEST_CASE("image operations: flip and shifts") {
  const auto image = gray(3, 2, {1, 2, 3, 4, 5, 6});
  CHECK(flipped(image).pixels == Pixels{3, 2, 1, 6, 5, 4});
  CHECK(moved(image, 1, 0).pixels == Pixels{1, 1, 2, 4, 4, 5});
  CHECK(moved(image, -2, 0).pixels == Pixels{3, 3, 2, 6, 6, 5});
  CHECK(moved(image, 0, 1).pixels == Pixels{1, 2, 3, 1, 2, 3});
  CHECK(moved(image, 0, 0).pixels == image.pixels);
  const Image colours{2, 1, 3, {1, 2, 3, 4, 5, 6}};
  CHECK(flipped(colours).pixels == Pixels{4, 5, 6, 1, 2, 3});
}

TEST_CASE("image operations: affine maps") {
  const auto image = noisy_image(9, 9, 3, 1);
  CHECK(transformed(image, {}).pixels == image.pixels);
  Affine shift;
  shift.right = 2.0 / 9;
  const auto shifted = transformed(image, shift);
  for (std::size_t i = 0; i < 7 * 3; ++i) CHECK(shifted.pixels[4 * 27 + 6 + i] == image.pixels[4 * 27 + i]);
  CHECK(shifted.pixels[4 * 27] == 0);
  Affine turn;
  turn.degrees = 90;
  const auto turned = transformed(gray(3, 3, {1, 2, 3, 4, 5, 6, 7, 8, 9}), turn);
  CHECK(turned.pixels == Pixels{3, 6, 9, 2, 5, 8, 1, 4, 7});
  Affine zoom;
  zoom.scale = 3;
  CHECK(transformed(gray(3, 3, {1, 2, 3, 4, 200, 6, 7, 8, 9}), zoom).pixels[4] == 200);
}

TEST_CASE("image operations: light and colours") {
  const auto image = gray(4, 1, {0, 50, 100, 250});
  CHECK(with_brightness(image, 1.2).pixels == Pixels{0, 60, 120, 255});
  CHECK(with_contrast(image, 0).pixels == Pixels{100, 100, 100, 100});
  CHECK(with_contrast(image, 1).pixels == image.pixels);
  CHECK(with_saturation(image, 0).pixels == image.pixels);
  CHECK(with_hue(image, 0.3).pixels == image.pixels);
  const Image red{1, 1, 3, {255, 0, 0}};
  CHECK(with_saturation(red, 0).pixels == Pixels{76, 76, 76});
  CHECK(with_saturation(red, 1).pixels == red.pixels);
  const auto green = with_hue(red, 1.0 / 3).pixels;
  CHECK(green[1] == 255);
  CHECK(green[0] + green[2] <= 8);  // OpenCV keeps the hue in 256 steps
  CHECK(with_hue(red, 0).pixels == red.pixels);
}

TEST_CASE("image operations: what RandAugment adds") {
  CHECK(with_full_range(gray(3, 1, {100, 150, 200})).pixels == Pixels{0, 128, 255});
  CHECK(with_full_range(gray(3, 1, {7, 7, 7})).pixels == Pixels{7, 7, 7});
  CHECK(equalized(gray(4, 1, {10, 11, 12, 13})).pixels == Pixels{0, 85, 170, 255});
  CHECK(equalized(gray(2, 1, {9, 9})).pixels == Pixels{9, 9});
  CHECK(solarized(gray(3, 1, {10, 128, 200}), 128).pixels == Pixels{10, 127, 55});
  CHECK(solarized(gray(2, 1, {10, 255}), 256).pixels == Pixels{10, 255});
  CHECK(posterized(gray(2, 1, {0xFF, 0x37}), 4).pixels == Pixels{0xF0, 0x30});
  const auto image = noisy_image(8, 8, 3, 2);
  CHECK(with_sharpness(image, 1).pixels == image.pixels);
  CHECK(with_sharpness(image, 0).pixels != image.pixels);
}

TEST_CASE("image operations: holes are cut to the picture") {
  auto image = gray(3, 3, Pixels(9, 1));
  blank(image, {-1, -1, 2, 2}, 5);
  CHECK(image.pixels == Pixels{5, 1, 1, 1, 1, 1, 1, 1, 1});
  blank(image, {2, 1, 9, 9}, 6);
  CHECK(image.pixels == Pixels{5, 1, 1, 1, 1, 6, 1, 1, 6});
  blank(image, {7, 7, 2, 2}, 9);
  CHECK(image.pixels[8] == 6);
}
