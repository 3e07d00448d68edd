#include "tasks/average_precision.h"

#include <cmath>

#include "catch.h"

using namespace espalier;
using tasks::FoundBox, tasks::FoundInPicture;

namespace {

datasets::Box box(float left, float top, float right, float bottom, std::int64_t label = 0, bool ignored = false) {
  return {left, top, right, bottom, label, ignored};
}
FoundBox found(double score, datasets::Box at) { return {at, score}; }

}  // namespace

TEST_CASE("overlap is common over united area, against a crowd over the detection's") {
  CHECK(tasks::overlap(box(0, 0, 4, 4), box(2, 0, 6, 4)) == Approx(1.0 / 3));
  CHECK(tasks::overlap(box(0, 0, 4, 4), box(2, 0, 6, 4), true) == Approx(0.5));
  CHECK(tasks::overlap(box(0, 0, 4, 4), box(4, 0, 6, 4)) == 0);
  CHECK(tasks::overlap(box(0, 0, 0, 4), box(0, 0, 0, 4)) == 0);
}

TEST_CASE("average precision of a hand-made picture") {
  // Right, wrong, right of three boxes: precision 1 up to a recall of 1/3, 2/3 up to 2/3, then nothing.
  const std::vector<FoundInPicture> pictures = {
      {{found(0.9, box(0, 0, 10, 10)), found(0.8, box(50, 50, 60, 60)), found(0.7, box(20, 0, 30, 10))},
       {box(0, 0, 10, 10), box(20, 0, 30, 10), box(40, 0, 50, 10)}}};
  CHECK(tasks::voc_average_precision(pictures, 0) == Approx(1.0 / 3 + 2.0 / 9));
  CHECK(tasks::coco_average_precision(pictures, 0, 0.5) == Approx((34 + 33 * 2.0 / 3) / 101));
  CHECK(std::isnan(tasks::coco_average_precision(pictures, 1, 0.5)));
}

TEST_CASE("a second detection of a box is wrong, one of an ignored box counts neither way") {
  const std::vector<FoundInPicture> twice = {
      {{found(0.9, box(0, 0, 10, 10)), found(0.8, box(0, 0, 10, 10))}, {box(0, 0, 10, 10), box(20, 0, 30, 10)}}};
  CHECK(tasks::voc_average_precision(twice, 0) == Approx(0.5));
  const std::vector<FoundInPicture> ignored = {{{found(0.9, box(40, 0, 50, 10)), found(0.8, box(0, 0, 10, 10))},
                                                {box(40, 0, 50, 10, 0, true), box(0, 0, 10, 10)}}};
  CHECK(tasks::voc_average_precision(ignored, 0) == Approx(1));
  CHECK(tasks::coco_average_precision(ignored, 0, 0.5) == Approx(1));
}

TEST_CASE("means leave out classes without boxes, and there may be none at all") {
  const std::vector<FoundInPicture> pictures = {{{found(0.9, box(0, 0, 10, 10, 2))}, {box(0, 0, 10, 10, 2)}}};
  const auto all = tasks::precisions(pictures, 4);
  CHECK(all.map == Approx(1));
  CHECK(all.map50 == Approx(1));
  CHECK(all.voc50 == Approx(1));
  CHECK(std::isnan(all.map50_of_class[0]));
  CHECK(all.boxes_of_class == std::vector<std::int64_t>{0, 0, 1, 0});
  CHECK(std::isnan(tasks::precisions({}, 4).map50));
}
