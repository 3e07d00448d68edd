// Answers for files of users, by the integer model.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "deployment/exported_model.h"
#include "deployment/input_reader.h"
#include "integer/twin.h"

namespace espalier::deployment {

/// What a classifier says, or a model that tells anomalies.
struct Prediction {
  std::vector<std::int8_t> output;    ///< the device's bytes
  std::vector<double> probabilities;  ///< one for each class
  std::size_t best = 0;               ///< of the classes
  std::string label;                  ///< of the best; its number where the file names none
  std::optional<double> score;        ///< of anomalies, in place of all but the label: the error of reconstruction
};

/// Of one sample's features, {channels, height, width}. `lsb`: step_of() of the front end.
Prediction answer_of(const integer::Twin& twin, double lsb, std::span<const float> features);

class Predictor {
 public:
  /// Throws Error(mistake) for a model whose front end this program does not have, or that does not fit it.
  explicit Predictor(const ExportedModel& model);
  /// Throws Error(mistake) that names a damaged file.
  Prediction predict(const std::string& file) const;

 private:
  std::unique_ptr<InputReader> reader_;
  double lsb_ = 0;
  integer::Twin twin_;
};

}  // namespace espalier::deployment
