// How well a score tells anomalous samples from normal ones, whatever the threshold, and the choice of one.
//
// Definitions follow scikit-learn's roc_curve and roc_auc_score; equal scores are one step of the curve.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace espalier::tasks {

/// Everything that scores at least `threshold` is called anomalous.
struct RocPoint {
  double threshold = 0;
  double false_positives = 0;  ///< share of the normal samples, in [0, 1]
  double true_positives = 0;   ///< share of the anomalous ones
};

/// scores: the higher, the more anomalous; anomalous: 0 or 1 each. From (0, 0) at an infinite threshold to (1, 1), one
/// point for each different score. Throws Error(failed) on unequal sizes, on NaN, and where one of the two is missing.
std::vector<RocPoint> roc_curve(std::span<const double> scores, std::span<const std::int64_t> anomalous);

/// Area under the curve: the chance that an anomalous sample scores higher than a normal one, ties counting half.
double area_under(const std::vector<RocPoint>& curve);

/// Area where at most `most` of the normal samples are called anomalous, rescaled so that chance is 0.5 and perfection
/// 1 (McClish 1989), as roc_auc_score(max_fpr) and the DCASE challenges' pAUC with most = 0.1. In (0, 1].
double partial_area_under(const std::vector<RocPoint>& curve, double most);

/// The lowest score of `normal` above which at most `share` of them lie: a threshold that calls no more of such samples
/// anomalous, where those that score *more* than it are. Throws Error(failed) when there are none, and on NaN.
double threshold_for(std::vector<double> normal, double share);

}  // namespace espalier::tasks
