// What the integer model says along a recording of sensors: a window after the other, or beat by beat.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/series_front_end.h"
#include "deployment/exported_model.h"
#include "deployment/predictor.h"
#include "integer/twin.h"

namespace espalier::deployment {

class AnomalyDetector;

/// Of one window of a recording.
struct SeriesPrediction {
  std::int64_t begin = 0, end = 0;  ///< rows; of a beat: its window
  double seconds = 0;               ///< where the window ends, or the beat lies
  Prediction said;
};

/// Feeds rows to the device's own ring and front end.
class SeriesPredictor {
 public:
  using Heard = std::function<void(const SeriesPrediction&)>;
  /// Throws Error(mistake) for a model whose front end is not one of series, or does not fit it.
  explicit SeriesPredictor(const ExportedModel& model);
  ~SeriesPredictor();

  const datasets::SeriesFrontEnd& front_end() const { return front_end_; }
  /// The threshold of scores, of a model that tells anomalies.
  std::optional<double> threshold() const;
  /// Are windows cut around events (beats), which rows alone do not tell?
  bool wants_events() const { return front_end_.timing().anchor >= 0; }

  /// A recording: .csv with a column for each channel, or a WFDB header (.hea) whose signals are called as the
  /// channels; with wants_events(), one whose beats `annotator` marks. Throws Error(mistake) that names a damaged file.
  void predict_file(const std::string& file, const std::string& annotator, const Heard& heard) const;
  /// Lines of CSV as they come: first the header, then a row a line. `next(line)`: false at the end. Values that are
  /// missing are the ones before. Throws Error(mistake) with the line's number.
  void predict_lines(const std::function<bool(std::string& line)>& next, const Heard& heard) const;

 private:
  class Ring;
  Prediction answer(std::span<const std::int16_t> rows, std::int64_t first) const;
  void predict_csv(const std::string& file, const Heard& heard) const;
  void predict_record(const std::string& file, const Heard& heard) const;
  void predict_beats(const std::string& file, const std::string& annotator, const Heard& heard) const;

  datasets::SeriesFrontEnd front_end_;
  double lsb_ = 0;
  integer::Twin twin_;
  std::unique_ptr<AnomalyDetector> anomalies_;  ///< null for a classifier
};

}  // namespace espalier::deployment
