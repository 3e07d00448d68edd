// Normal or not, by the integer model as a device runs it: front end, program, error of reconstruction, threshold.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "deployment/exported_model.h"
#include "exporting/c/writer.h"
#include "integer/twin.h"
#include "tasks/reconstruction.h"

namespace espalier::deployment {

/// Of a recording, or of a sample that stands alone.
struct Anomaly {
  double score = 0;  ///< mean error of its windows, in squared features
  bool anomalous = false;
  std::int64_t windows = 0;
};

/// "anomalous" or "normal".
std::string verdict(bool anomalous);

/// The device's own measure of a program that gives back its input. Throws Error(mistake) with `origin` where the
/// program's ends differ in size.
tasks::DeviceReconstruction reconstruction_of(const integer::Program& program, const std::string& origin);

/// What the C export is to carry; absent for a model that tells no anomalies, or has no threshold yet.
std::optional<exporting::c::AnomalySettings> anomaly_settings(const integer::Program& program, const Json& front_end);

class AnomalyDetector {
 public:
  /// Throws Error(mistake) for a model that carries no threshold, or does not fit its front end.
  explicit AnomalyDetector(const ExportedModel& model);
  ~AnomalyDetector();
  /// Is the model an autoencoder that tells anomalies?
  static bool is_one(const ExportedModel& model);

  double threshold() const;
  /// Of one sample's features, channels first.
  Anomaly judge(std::span<const float> features) const;
  /// A sound of any length, window by window, or one picture. Throws Error(mistake) that names a damaged file, or one
  /// that is too short.
  Anomaly judge_file(const std::string& file) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace espalier::deployment
