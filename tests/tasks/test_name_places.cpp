#include "tasks/name_places.h"

#include <algorithm>

#include "catch.h"

using namespace espalier;
using datasets::Box;
using tasks::NamesStand, tasks::Plate;

namespace {

constexpr int width = 200, height = 150;

/// For names of 40 x 10.
std::vector<Plate> placed(const std::vector<Box>& boxes, NamesStand stand = NamesStand::above,
                          const std::vector<Plate>& taken = {}) {
  const std::vector<Plate> plates(boxes.size(), Plate{0, 0, 40, 10});
  return tasks::place_names(boxes, plates, width, height, stand, taken);
}

bool apart(const Plate& a, const Plate& b) {
  return a.left + a.width <= b.left || b.left + b.width <= a.left || a.top + a.height <= b.top ||
         b.top + b.height <= a.top;
}

bool apart(const Plate& a, const Box& box) {
  return apart(a, Plate{static_cast<int>(box.left), static_cast<int>(box.top), static_cast<int>(box.right - box.left),
                        static_cast<int>(box.bottom - box.top)});
}

bool in_picture(const Plate& plate) {
  return plate.left >= 0 && plate.top >= 0 && plate.left + plate.width <= width && plate.top + plate.height <= height;
}

void check_at(const Plate& plate, int left, int top) {
  CHECK(plate.left == left);
  CHECK(plate.top == top);
  CHECK(plate.width == 40);
  CHECK(plate.height == 10);
}

}  // namespace

TEST_CASE("a name stands above its box, of a point beside it") {
  check_at(placed({{50, 60, 120, 100}})[0], 50, 50);
  check_at(placed({{50, 60, 60, 70}}, NamesStand::beside)[0], 62, 60);
  CHECK(placed({}).empty());
}

TEST_CASE("at the picture's edges a name moves to where there is room") {
  // A small box in the upper left corner would be hidden by a name that is pushed down upon it.
  const Box small = {2, 2, 22, 14};
  const auto below = placed({small})[0];
  CHECK(apart(below, small));
  CHECK(in_picture(below));
  // One that fills the picture has its name inside, one at the right edge its name in the picture.
  check_at(placed({{0, 0, 200, 150}})[0], 0, 0);
  const auto right = placed({{185, 60, 199, 100}})[0];
  CHECK(in_picture(right));
  CHECK(right.top == 50);
  CHECK(in_picture(placed({{-500, -500, -400, -400}})[0]));
  CHECK(in_picture(placed({{4e9f, 4e9f, 4e9f, 4e9f}})[0]));
}

TEST_CASE("a name gives way to small neighbours and to names that are there") {
  const std::vector<Box> boxes = {{50, 60, 90, 100}, {52, 46, 66, 58}};
  const auto plates = placed(boxes);
  CHECK(apart(plates[0], boxes[1]));
  CHECK(apart(plates[1], boxes[0]));
  CHECK(apart(plates[0], plates[1]));
  const Plate taken{50, 50, 40, 10};
  CHECK(apart(placed({boxes[0]}, NamesStand::above, {taken})[0], taken));
}

TEST_CASE("names of boxes that lie upon each other stay readable") {
  const auto plates = placed({{50, 60, 120, 100}, {50, 60, 120, 100}, {51, 61, 121, 101}, {49, 59, 119, 99}});
  for (std::size_t i = 0; i < plates.size(); ++i) {
    CHECK(in_picture(plates[i]));
    for (std::size_t other = 0; other < i; ++other) CHECK(apart(plates[i], plates[other]));
  }
}

TEST_CASE("a name that is larger than the picture begins at its left upper corner") {
  const std::vector<Box> boxes = {{0, 0, 1, 1}};
  const std::vector<Plate> plates = {{0, 0, 40, 10}};
  const auto plate = tasks::place_names(boxes, plates, 1, 1, NamesStand::above)[0];
  check_at(plate, 0, 0);
}

TEST_CASE("a caption stays in its corner until a box comes there and another corner is free") {
  Plate caption{0, 0, 60, 12};
  CHECK(tasks::place_caption({}, caption, width, height, 0) == 0);
  check_at({caption.left, caption.top, 40, 10}, 0, 138);
  const std::vector<Box> lower_left = {{10, 100, 50, 149}}, everywhere = {{0, 0, 200, 150}};
  CHECK(tasks::place_caption(lower_left, caption, width, height, 0) == 1);
  CHECK(caption.left == 140);
  CHECK(tasks::place_caption(lower_left, caption, width, height, 3) == 3);
  CHECK(caption.top == 0);
  CHECK(tasks::place_caption(everywhere, caption, width, height, 2) == 2);
  // It does not move for little, and not to where it would hide nearly as much.
  CHECK(tasks::place_caption(std::vector<Box>{{50, 0, 150, 139}}, caption, width, height, 0) == 0);
  CHECK(tasks::place_caption(std::vector<Box>{{0, 100, 60, 150}, {140, 90, 200, 150}, {0, 0, 200, 24}}, caption, width,
                             height, 0) == 0);
  CHECK(tasks::place_caption({}, caption, width, height, 77) == 3);
}
