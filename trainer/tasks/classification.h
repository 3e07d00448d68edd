// What a classifier got right, and how sure one may be of it.
//
// Definitions follow scikit-learn's (precision, recall and F1 are 0 where they would divide by zero).
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"

namespace espalier::tasks {

/// Index of the largest value; the first of equals (as NumPy, PyTorch and tflite's label tools do). NaN never wins; 0
/// where all are NaN. Throws Error(failed) on an empty span.
std::int64_t argmax(std::span<const float> scores);
std::int64_t argmax(std::span<const std::int8_t> scores);

/// scores: [samples][classes], row by row; returns [samples]. Throws Error(failed) unless the size is a multiple of
/// `classes`.
std::vector<std::int64_t> argmax_rows(std::span<const float> scores, std::int64_t classes);
std::vector<std::int64_t> argmax_rows(std::span<const std::int8_t> scores, std::int64_t classes);

/// Softmax of scale * (q - zero_point): int8 logits as probabilities that sum to 1.
std::vector<double> probabilities(std::span<const std::int8_t> logits, float scale, std::int32_t zero_point);
/// Softmax of float logits, largest subtracted first.
std::vector<double> probabilities(std::span<const float> logits);

/// counts[truth * classes + predicted].
struct Confusion {
  std::int64_t classes = 0;
  std::vector<std::int64_t> counts;

  explicit Confusion(std::int64_t classes);
  /// Throws Error(failed) unless both are in [0, classes).
  void add(std::int64_t truth, std::int64_t predicted);
  std::int64_t at(std::int64_t truth, std::int64_t predicted) const;
  std::int64_t samples() const;
  std::int64_t correct() const;
  /// In [0, 1]; NaN without samples.
  double accuracy() const;
};

/// labels, predicted: equal sizes, in [0, classes); else Error(failed).
Confusion confusion(std::span<const std::int64_t> labels, std::span<const std::int64_t> predicted,
                    std::int64_t classes);

struct ClassScore {
  double precision = 0, recall = 0, f1 = 0;
  std::int64_t support = 0;  ///< samples of the class
};
std::vector<ClassScore> class_scores(const Confusion& confusion);
/// Mean F1 of the classes that occur among labels or predictions; NaN without samples.
double macro_f1(const Confusion& confusion);

/// Fraction of samples whose label is among the k highest scores; of equal scores the lower index ranks higher, so that
/// k = 1 is argmax. scores: [samples][classes]; k in [1, classes]. NaN without samples.
double top_k_accuracy(std::span<const float> scores, std::span<const std::int64_t> labels, std::int64_t classes,
                      std::int64_t k);

struct Interval {
  double low = 0, high = 1;
};
/// Wilson's score interval for a proportion (Wilson 1927); z = 1.96 for 95 %. [0, 1] without samples.
Interval wilson(std::int64_t successes, std::int64_t samples, double z = 1.959963984540054);

/// Fraction of samples on which two classifiers say the same. Equal sizes, else Error(failed); NaN when empty.
double agreement(std::span<const std::int64_t> left, std::span<const std::int64_t> right);

/// Two classifiers on the same samples.
struct Paired {
  double difference = 0;                       ///< accuracy(left) - accuracy(right), in [-1, 1]
  Interval interval;                           ///< of the difference, 95 %, percentile bootstrap over samples
  std::int64_t only_left = 0, only_right = 0;  ///< samples that only one of them got right
  double p = 1;                                ///< exact two-sided McNemar test
};
/// labels, left, right: [samples]. The bootstrap draws `resamples` times from its own random stream of `seed`, so that
/// equal arguments give equal intervals.
Paired compare(std::span<const std::int64_t> labels, std::span<const std::int64_t> left,
               std::span<const std::int64_t> right, std::uint64_t seed = 0, int resamples = 2000);

/// {"accuracy", "interval": [low, high], "macro_f1", "samples", "classes": [{"label", "precision", "recall", "f1",
/// "support"}], "confusion": [[truth 0: predicted 0, …], …]}. Classes beyond `labels` are named by their index.
Json to_json(const Confusion& confusion, const std::vector<std::string>& labels);

}  // namespace espalier::tasks
