#include "datasets/picture_part.h"

#include <cmath>

#include "catch.h"
#include "schema/document.h"
#include "small_images.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

ImageFrontEnd front_end(const std::string& block) {
  std::vector<Problem> problems;
  const auto value = schema::parse(block, "test.yaml");
  ImageFrontEnd made(schema::read_options<ImageOptions>(value, "image", problems), value, problems);
  refuse(problems);
  return made;
}

}  // namespace

TEST_CASE("the whole picture, placed as a part, is what the padding front end gives") {
  const auto padded = front_end("{size: [24, 32], fit: pad}");
  for (const auto& [width, height] : {std::pair(64, 48), std::pair(40, 20), std::pair(20, 40), std::pair(33, 31)}) {
    INFO(width << "x" << height);
    const auto image = noisy_image(width, height, 3, 5);
    const auto whole = place(whole_picture(width, height, 32, 24), width, height, 32, 24);
    const auto own = placement(padded, width, height);
    CHECK(whole.from_width == width);
    CHECK(std::abs(whole.to_width - own.to_width) <= 1);
    CHECK(std::abs(whole.to_height - own.to_height) <= 1);
    CHECK(placed(image, own, padded).pixels == padded.pixels(image).pixels);
  }
}

TEST_CASE("placements of stretched, cropped and padded pictures") {
  const auto of = [](const std::string& fit) {
    return placement(front_end("{size: [20, 20], fit: " + fit + "}"), 40, 20);
  };
  CHECK(of("stretch").scale_x() == 0.5);
  CHECK(of("stretch").scale_y() == 1);
  CHECK(of("crop").from_x == 10);
  CHECK(of("crop").from_width == 20);
  CHECK(of("pad").to_y == 5);
  CHECK(of("pad").to_height == 10);
}

TEST_CASE("what lies beyond a picture is gray, and boxes there and back are the same") {
  const auto square = front_end("{size: 16, fit: pad}");
  const Image image{8, 8, 3, std::vector<std::uint8_t>(8 * 8 * 3, 255)};
  const auto place_of_part = place({-8, -8, 16, 16}, 8, 8, 16, 16);
  CHECK(place_of_part.to_x == 8);
  const auto seen = placed(image, place_of_part, square);
  CHECK(seen.pixels[0] == letterbox_gray);
  CHECK(seen.pixels[(8 * 16 + 8) * 3] == 255);
  const auto boxes = placed({{1, 2, 5, 8, 1}}, place_of_part, 16, 16, 0);
  REQUIRE(boxes.size() == 1);
  CHECK(boxes[0] == Box{9, 10, 13, 16, 1});
  CHECK(in_picture(boxes[0], place_of_part) == Box{1, 2, 5, 8, 1});
}

TEST_CASE("boxes that are cut off are to be ignored, those that are gone go") {
  const Placement same{0, 0, 10, 10, 0, 0, 10, 10};
  const auto boxes = placed({{-6, 0, 4, 10}, {-4, 0, 6, 10}, {-9, 0, -1, 10}}, same, 10, 10, 0.5);
  REQUIRE(boxes.size() == 2);
  CHECK(boxes[0].ignored);
  CHECK_FALSE(boxes[1].ignored);
}
