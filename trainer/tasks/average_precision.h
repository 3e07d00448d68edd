// How well boxes were found: average precision, as COCO and as Pascal VOC define it.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "base/json.h"
#include "datasets/dataset.h"

namespace espalier::tasks {

struct FoundBox {
  datasets::Box box;
  double score = 0;
};

/// What was found in a picture, beside what is there. COCO counts the `most` (100) best of each class.
struct FoundInPicture {
  std::vector<FoundBox> found;
  std::vector<datasets::Box> truth;
};

/// Intersection over union. `of_crowd`: over the area of `found` alone, as COCO measures it against a crowd.
double overlap(const datasets::Box& found, const datasets::Box& truth, bool of_crowd = false);

/// What became of a detection. Those that belong to an ignored box count neither way.
struct JudgedBox {
  double score = 0;
  bool right = false, ignored = false;
};

/// Of one class, each picture's detections by falling score.
struct JudgedBoxes {
  std::vector<JudgedBox> detections;
  std::int64_t boxes = 0;  ///< that count
};

/// Which detections COCO takes for right; see coco_average_precision.
JudgedBoxes coco_judgement(std::span<const FoundInPicture> pictures, std::int64_t label, double least_overlap,
                           std::int64_t most = 100);

/// Average precision of one class; NaN where no picture has a box of it that counts.
/// COCO: mean of the precision at 101 recalls; a detection takes the free box that it covers best, ignored ones only
/// when there is no other (pycocotools 2.0, `evaluateImg` and `accumulate`). `least_overlap` in (0, 1].
double coco_average_precision(std::span<const FoundInPicture> pictures, std::int64_t label, double least_overlap,
                              std::int64_t most = 100);
/// Pascal VOC since 2010: the area under the precision that never falls towards lower recalls; a detection belongs to
/// the box that it covers best, and a second one of that box is wrong (Everingham et al. 2015, IJCV 111, 4.2).
double voc_average_precision(std::span<const FoundInPicture> pictures, std::int64_t label, double least_overlap = 0.5);

/// Means over the classes that have boxes; NaN without any.
struct Precisions {
  double map = 0, map50 = 0, map75 = 0, voc50 = 0;
  std::vector<double> map50_of_class;  ///< NaN for a class without boxes
  std::vector<std::int64_t> boxes_of_class;
};
Precisions precisions(std::span<const FoundInPicture> pictures, std::int64_t classes);

}  // namespace espalier::tasks
