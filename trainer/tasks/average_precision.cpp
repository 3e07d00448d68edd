#include "tasks/average_precision.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace espalier::tasks {
namespace {

using datasets::Box;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double area(const Box& box) {
  return std::max(0.0, static_cast<double>(box.right) - box.left) *
         std::max(0.0, static_cast<double>(box.bottom) - box.top);
}

std::vector<FoundBox> found_of(const FoundInPicture& picture, std::int64_t label, std::int64_t most) {
  std::vector<FoundBox> found;
  for (const auto& one : picture.found)
    if (one.box.label == label) found.push_back(one);
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
  if (most >= 0 && static_cast<std::int64_t>(found.size()) > most) found.resize(static_cast<std::size_t>(most));
  return found;
}

/// Those that count first.
std::vector<Box> truth_of(const FoundInPicture& picture, std::int64_t label) {
  std::vector<Box> truth;
  for (const auto& box : picture.truth)
    if (box.label == label) truth.push_back(box);
  std::stable_partition(truth.begin(), truth.end(), [](const Box& box) { return !box.ignored; });
  return truth;
}

/// The box that a detection takes, -1 for none.
std::int64_t coco_match(const Box& found, const std::vector<Box>& truth, const std::vector<bool>& taken,
                        double least_overlap) {
  double best = std::min(least_overlap, 1 - 1e-10);
  std::int64_t match = -1;
  for (std::size_t g = 0; g < truth.size(); ++g) {
    if (taken[g] && !truth[g].ignored) continue;
    if (match >= 0 && !truth[static_cast<std::size_t>(match)].ignored && truth[g].ignored) break;
    const double here = overlap(found, truth[g], truth[g].ignored);
    if (here < best) continue;
    best = here;
    match = static_cast<std::int64_t>(g);
  }
  return match;
}

/// All pictures' detections by falling score, so that which box is taken first is as the definition says.
JudgedBoxes voc_judgement(std::span<const FoundInPicture> pictures, std::int64_t label, double least_overlap) {
  JudgedBoxes all;
  for (const auto& picture : pictures) {
    const auto truth = truth_of(picture, label);
    std::vector<bool> taken(truth.size());
    for (const auto& box : truth) all.boxes += !box.ignored;
    for (const auto& found : found_of(picture, label, -1)) {
      double best = 0;
      std::size_t match = truth.size();
      for (std::size_t g = 0; g < truth.size(); ++g)
        if (const double here = overlap(found.box, truth[g]); here > best) best = here, match = g;
      JudgedBox judged{found.score, false, false};
      if (match < truth.size() && best >= least_overlap) {
        judged.ignored = truth[match].ignored;
        judged.right = !judged.ignored && !taken[match];
        taken[match] = true;
      }
      all.detections.push_back(judged);
    }
  }
  return all;
}

struct Curve {
  std::vector<double> recall, precision;  ///< precision never rises along it
};

Curve curve_of(JudgedBoxes judged) {
  std::stable_sort(judged.detections.begin(), judged.detections.end(),
                   [](const JudgedBox& a, const JudgedBox& b) { return a.score > b.score; });
  Curve curve;
  double right = 0, wrong = 0;
  for (const auto& one : judged.detections) {
    if (one.ignored) continue;
    (one.right ? right : wrong) += 1;
    curve.recall.push_back(right / static_cast<double>(judged.boxes));
    curve.precision.push_back(right / (right + wrong));
  }
  for (std::size_t i = curve.precision.size(); i-- > 1;)
    curve.precision[i - 1] = std::max(curve.precision[i - 1], curve.precision[i]);
  return curve;
}

double mean_of_numbers(const std::vector<double>& values) {
  double sum = 0;
  int count = 0;
  for (const double value : values)
    if (!std::isnan(value)) sum += value, ++count;
  return count ? sum / count : nan;
}

}  // namespace

double overlap(const Box& found, const Box& truth, bool of_crowd) {
  const Box common{std::max(found.left, truth.left), std::max(found.top, truth.top), std::min(found.right, truth.right),
                   std::min(found.bottom, truth.bottom)};
  const double shared = area(common), whole = of_crowd ? area(found) : area(found) + area(truth) - shared;
  return whole > 0 ? shared / whole : 0;
}

JudgedBoxes coco_judgement(std::span<const FoundInPicture> pictures, std::int64_t label, double least_overlap,
                           std::int64_t most) {
  JudgedBoxes all;
  for (const auto& picture : pictures) {
    const auto truth = truth_of(picture, label);
    std::vector<bool> taken(truth.size());
    for (const auto& box : truth) all.boxes += !box.ignored;
    for (const auto& found : found_of(picture, label, most)) {
      const auto match = coco_match(found.box, truth, taken, least_overlap);
      JudgedBox judged{found.score, match >= 0, match >= 0 && truth[static_cast<std::size_t>(match)].ignored};
      if (match >= 0) taken[static_cast<std::size_t>(match)] = true;
      all.detections.push_back(judged);
    }
  }
  return all;
}

double coco_average_precision(std::span<const FoundInPicture> pictures, std::int64_t label, double least_overlap,
                              std::int64_t most) {
  auto judged = coco_judgement(pictures, label, least_overlap, most);
  if (judged.boxes == 0) return nan;
  const auto curve = curve_of(std::move(judged));
  double sum = 0;
  for (int i = 0; i <= 100; ++i) {
    // i * 0.01 and not i / 100: pycocotools' own rounding decides where a recall is met exactly.
    const double recall = i == 100 ? 1.0 : i * 0.01;
    const auto at = std::lower_bound(curve.recall.begin(), curve.recall.end(), recall) - curve.recall.begin();
    if (at < static_cast<std::ptrdiff_t>(curve.recall.size())) sum += curve.precision[static_cast<std::size_t>(at)];
  }
  return sum / 101;
}

double voc_average_precision(std::span<const FoundInPicture> pictures, std::int64_t label, double least_overlap) {
  auto judged = voc_judgement(pictures, label, least_overlap);
  if (judged.boxes == 0) return nan;
  const auto curve = curve_of(std::move(judged));
  double sum = 0, before = 0;
  for (std::size_t i = 0; i < curve.recall.size(); ++i) {
    sum += (curve.recall[i] - before) * curve.precision[i];
    before = curve.recall[i];
  }
  return sum;
}

Precisions precisions(std::span<const FoundInPicture> pictures, std::int64_t classes) {
  Precisions all;
  std::vector<double> map, map75, voc50;
  for (std::int64_t label = 0; label < classes; ++label) {
    std::vector<double> of_overlaps;
    for (int i = 0; i < 10; ++i) of_overlaps.push_back(coco_average_precision(pictures, label, 0.5 + 0.05 * i));
    all.map50_of_class.push_back(of_overlaps[0]);
    map75.push_back(of_overlaps[5]);
    map.push_back(mean_of_numbers(of_overlaps));
    voc50.push_back(voc_average_precision(pictures, label));
    std::int64_t boxes = 0;
    for (const auto& picture : pictures)
      for (const auto& box : picture.truth) boxes += box.label == label && !box.ignored;
    all.boxes_of_class.push_back(boxes);
  }
  all.map = mean_of_numbers(map);
  all.map50 = mean_of_numbers(all.map50_of_class);
  all.map75 = mean_of_numbers(map75);
  all.voc50 = mean_of_numbers(voc50);
  return all;
}

}  // namespace espalier::tasks
