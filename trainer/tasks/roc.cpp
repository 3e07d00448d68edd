#include "tasks/roc.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"

namespace espalier::tasks {

std::vector<RocPoint> roc_curve(std::span<const double> scores, std::span<const std::int64_t> anomalous) {
  if (scores.size() != anomalous.size()) fail("a ROC curve needs as many scores as labels");
  if (std::any_of(scores.begin(), scores.end(), [](double score) { return std::isnan(score); }))
    fail("a ROC curve cannot rank scores that are not numbers");
  const auto bad = std::count_if(anomalous.begin(), anomalous.end(), [](std::int64_t label) { return label != 0; });
  const auto good = static_cast<std::int64_t>(anomalous.size()) - bad;
  if (bad == 0 || good == 0) fail("a ROC curve needs both normal and anomalous samples");
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  std::vector<RocPoint> curve = {{std::numeric_limits<double>::infinity(), 0, 0}};
  std::int64_t false_positives = 0, true_positives = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    ++(anomalous[order[i]] != 0 ? true_positives : false_positives);
    if (i + 1 < order.size() && scores[order[i + 1]] == scores[order[i]]) continue;
    curve.push_back({scores[order[i]], static_cast<double>(false_positives) / static_cast<double>(good),
                     static_cast<double>(true_positives) / static_cast<double>(bad)});
  }
  return curve;
}

/// Trapezoids up to where `most` of the normal samples are called anomalous.
static double area_to(const std::vector<RocPoint>& curve, double most) {
  double area = 0;
  for (std::size_t i = 1; i < curve.size(); ++i) {
    const auto &left = curve[i - 1], &right = curve[i];
    if (left.false_positives >= most) break;
    const double width = right.false_positives - left.false_positives,
                 reach = std::min(width, most - left.false_positives);
    if (width <= 0) continue;
    const double end = left.true_positives + (right.true_positives - left.true_positives) * reach / width;
    area += reach * (left.true_positives + end) / 2;
  }
  return area;
}

double area_under(const std::vector<RocPoint>& curve) { return area_to(curve, 1); }

double partial_area_under(const std::vector<RocPoint>& curve, double most) {
  if (!(most > 0 && most <= 1)) fail("a partial area needs a bound above 0 and at most 1");
  if (most == 1) return area_under(curve);
  const double chance = most * most / 2;
  return 0.5 * (1 + (area_to(curve, most) - chance) / (most - chance));
}

double threshold_for(std::vector<double> normal, double share) {
  if (normal.empty()) fail("a threshold needs normal samples");
  if (std::any_of(normal.begin(), normal.end(), [](double score) { return std::isnan(score); }))
    fail("a threshold cannot be chosen among scores that are not numbers");
  std::sort(normal.begin(), normal.end());
  const auto above = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(normal.size()));
  return normal[normal.size() - 1 - std::min(above, normal.size() - 1)];
}

}  // namespace espalier::tasks
