#include "tasks/drawing.h"

#include <array>

#include "base/error.h"
#include "catch.h"

using namespace espalier;

namespace {

using Colour = std::array<int, 3>;
constexpr Colour gray = {90, 90, 90}, dark = {20, 20, 20}, first = {230, 159, 0}, second = {86, 180, 233};

datasets::Image gray_picture(std::int64_t channels = 3) {
  return {160, 120, channels, std::vector<std::uint8_t>(static_cast<std::size_t>(160 * 120 * channels), 90)};
}

Colour at(const datasets::Image& image, std::int64_t x, std::int64_t y) {
  const auto* pixel = image.pixels.data() + (y * image.width + x) * image.channels;
  return {pixel[0], pixel[1], pixel[2]};
}

/// Of those that are no longer gray: left, top, right, bottom, the last two not included.
std::array<std::int64_t, 4> changed(const datasets::Image& image) {
  std::array<std::int64_t, 4> edges = {image.width, image.height, 0, 0};
  for (std::int64_t y = 0; y < image.height; ++y)
    for (std::int64_t x = 0; x < image.width; ++x)
      if (at(image, x, y) != gray)
        edges = {std::min(edges[0], x), std::min(edges[1], y), std::max(edges[2], x + 1), std::max(edges[3], y + 1)};
  return edges;
}

const std::vector<std::string> labels = {"cup", "cat"};

}  // namespace

TEST_CASE("a box is a frame in its class's colour with its name above, or inside where the picture ends") {
  auto image = gray_picture();
  tasks::draw_boxes(image, std::vector<tasks::FoundBox>{{{40, 50, 100, 90, 1}, 0.87}}, labels);
  for (const auto [x, y] : {std::array{40, 70}, std::array{100, 70}, std::array{90, 50}, std::array{70, 90}})
    CHECK(at(image, x, y) == second);
  CHECK(at(image, 39, 70) == dark);
  CHECK(at(image, 41, 70) == dark);
  CHECK(at(image, 70, 70) == gray);
  const auto edges = changed(image);
  CHECK(edges[0] == 39);
  CHECK(edges[1] >= 34);  // the name
  CHECK(edges[1] < 46);
  CHECK(edges[3] == 92);

  auto high = gray_picture();
  tasks::draw_boxes(high, std::vector<tasks::FoundBox>{{{40, 0, 100, 90, 0}, 0.5}}, labels);
  CHECK(at(high, 40, 60) == first);
  CHECK(changed(high)[1] == 0);
}

TEST_CASE("classes without a name are told by their number, boxes beyond the picture are cut") {
  auto image = gray_picture();
  tasks::draw_boxes(image, std::vector<tasks::FoundBox>{{{-30, -30, 400, 300, 9}, 1}}, labels);
  CHECK(changed(image) != changed(gray_picture()));
}

TEST_CASE("the surest of two boxes is drawn last") {
  auto image = gray_picture();
  tasks::draw_boxes(image, std::vector<tasks::FoundBox>{{{40, 50, 100, 90, 1}, 0.9}, {{40, 50, 100, 90, 0}, 0.4}},
                    labels);
  CHECK(at(image, 100, 70) == second);
}

TEST_CASE("a caption stands in the lower left corner, whatever its length, and gives way to boxes") {
  for (const std::string text : {"5.0 ms", "a caption that is longer than the picture is wide, and by far"}) {
    auto image = gray_picture();
    tasks::Caption caption{text};
    tasks::draw_boxes(image, {}, labels, &caption);
    const auto edges = changed(image);
    CHECK(edges[0] <= 2);
    CHECK(edges[1] > 90);
    CHECK(edges[3] == 120);
  }
  auto image = gray_picture();
  tasks::Caption caption{"5.0 ms"}, none;
  tasks::draw_boxes(image, std::vector<tasks::FoundBox>{{{4, 90, 30, 118, 0}, 0.5}}, labels, &caption);
  CHECK(caption.corner == 1);
  auto same = gray_picture();
  tasks::draw_boxes(same, {}, labels, &none);
  CHECK(same.pixels == gray_picture().pixels);
}

TEST_CASE("points have names beside them, and gray pictures are refused") {
  auto image = gray_picture();
  tasks::draw_points(image, std::vector<tasks::FoundBox>{{{40, 50, 48, 58, 0}, 0.9}}, labels);
  CHECK(at(image, 44, 54) == first);
  CHECK(at(image, 44, 80) == gray);
  auto plain = gray_picture(1);
  CHECK_THROWS_AS(tasks::draw_points(plain, {}, labels), Error);
  datasets::Image dot{1, 1, 3, {90, 90, 90}};
  tasks::draw_boxes(dot, std::vector<tasks::FoundBox>{{{0, 0, 1, 1, 0}, 0.9}}, labels);
  CHECK(dot.pixels.size() == 3);
}
