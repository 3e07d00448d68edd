// Anomalies by the error of reconstruction: a network that learned to give back normal samples fails on others.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tasks/task.h"

namespace espalier::tasks {

/// Of every recording (or sample that stands alone), in the order of the split.
struct Judged {
  std::vector<double> scores;  ///< the mean error of its samples: the higher, the less normal
  std::vector<std::int64_t> anomalous, sources;
};
/// answers: errors of a reconstruction. A sample of label 0 is normal, any other is not.
Judged judged(const Answers& answers);

/// Areas under ROC curves, NaN where normal or anomalous recordings are missing.
struct Areas {
  double area = 0, partial = 0;
};
/// Of each source, from 0 to `sources` - 1, as the DCASE challenges measure.
std::vector<Areas> areas_of(const Judged& judged, std::size_t sources, double partial);
/// Means over the sources that have both; NaN without any.
Areas mean_of(const std::vector<Areas>& areas);

class AnomalyDetection : public Task {
 public:
  /// `partial`: largest false-positive rate of the partial area, in (0, 1]. `false_positive_rate`: in [0, 1), of the
  /// threshold on the normal recordings of the validation split.
  AnomalyDetection(double partial, double false_positive_rate)
      : partial_(partial), false_positive_rate_(false_positive_rate) {}

  Metric metric() const override { return {"AUC", true}; }
  /// Nothing anomalous is seen before the test: training goes by the validation samples' error.
  Metric guide() const override { return {"error", false, false}; }
  double guided_by(const Answers& validation, const datasets::Dataset& data) const override;
  std::string default_loss() const override { return "reconstruction"; }
  std::string objection(const graph::Shape& output, const datasets::Dataset& data) const override;
  /// As many as the data have features.
  std::int64_t outputs(const datasets::Dataset& data) const override;
  Score score(const Answers& answers, const datasets::Dataset& data) const override;
  std::int64_t recordings(const Answers& answers) const override;
  Json report(const Answers& answers, const datasets::Dataset& data) const override;
  bool is_reconstruction() const override { return true; }
  Json decoding(const datasets::Dataset& data, const graph::Shape& output) const override;
  bool chooses() const override { return true; }
  /// "threshold" (a recording that scores more is anomalous), "false_positive_rate" that was asked for, "recordings" it
  /// was chosen on, and "on_test": what it calls anomalous of the normal and of the anomalous ones, as shares.
  Json chosen(const Answers& validation, const Answers& test, const datasets::Dataset& data) const override;

 private:
  double partial_, false_positive_rate_;
};

/// How a model's outputs become a verdict, as it travels with exports.
struct AnomalyDecoding {
  double threshold = 0, false_positive_rate = 0;
};
bool is_anomaly_decoding(const Json& json);
/// Throws Error(mistake) with `origin` where it has no threshold.
AnomalyDecoding anomaly_decoding_of(const Json& json, const std::string& origin);

}  // namespace espalier::tasks
