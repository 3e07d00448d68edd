#include "deployment/series_predictor.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "datasets/csv.h"
#include "datasets/series_csv.h"
#include "datasets/wfdb_heart_beat.h"
#include "deployment/anomaly_detector.h"
#include "deployment/input_quantizer.h"

namespace espalier::deployment {
namespace {

namespace fs = std::filesystem;

datasets::SeriesFrontEnd front_end_of(const ExportedModel& model) {
  if (!datasets::is_series(model.front_end)) mistake(model.file, "its front end is not one of series");
  return datasets::SeriesFrontEnd(model.front_end);
}

std::vector<std::string> names_of(const datasets::SeriesFrontEnd& front_end) {
  std::vector<std::string> names;
  for (const auto& channel : front_end.channels()) names.push_back(channel.name);
  return names;
}

}  // namespace

/// The device's ring, and what was said last of each channel.
class SeriesPredictor::Ring {
 public:
  Ring(const SeriesPredictor& predictor, const Heard& heard)
      : predictor_(predictor), heard_(heard), memory_(static_cast<std::size_t>(predictor.front_end_.elements())) {
    const auto& spec = predictor.front_end_.spec();
    espalier_series_start(&ring_, &spec, memory_.data(), memory_.size());
    row_.resize(static_cast<std::size_t>(spec.channels));
  }

  /// NaN: as before.
  void push(std::span<const float> values) {
    for (std::size_t c = 0; c < row_.size(); ++c)
      if (!std::isnan(values[c])) row_[c] = predictor_.front_end_.sample(c, values[c]);
    ++rows_;
    if (!espalier_series_push(&ring_, row_.data())) return;
    const auto& timing = predictor_.front_end_.timing();
    heard_({rows_ - timing.window, rows_, static_cast<double>(rows_) / timing.rate,
            predictor_.answer(memory_, ring_.next)});
  }

 private:
  const SeriesPredictor& predictor_;
  const Heard& heard_;
  std::vector<std::int16_t> memory_, row_;
  espalier_series_ring ring_{};
  std::int64_t rows_ = 0;
};

SeriesPredictor::SeriesPredictor(const ExportedModel& model)
    : front_end_(front_end_of(model)),
      lsb_(step_of(model.front_end)),
      twin_(model.program, integer::Arithmetic::tflm, 1) {
  const auto& input = model.program.activations[static_cast<std::size_t>(model.program.input)];
  if (front_end_.elements() != integer::elements(input.shape))
    mistake(model.file, concat("is damaged: its front end gives ", front_end_.elements(),
                               " features, its network takes ", integer::elements(input.shape)));
  if (AnomalyDetector::is_one(model)) anomalies_ = std::make_unique<AnomalyDetector>(model);
}

SeriesPredictor::~SeriesPredictor() = default;

std::optional<double> SeriesPredictor::threshold() const {
  return anomalies_ ? std::optional(anomalies_->threshold()) : std::nullopt;
}

Prediction SeriesPredictor::answer(std::span<const std::int16_t> rows, std::int64_t first) const {
  std::vector<float> features(rows.size());
  front_end_.compute(rows, features, first);
  if (!anomalies_) return answer_of(twin_, lsb_, features);
  const auto judged = anomalies_->judge(features);
  Prediction said;
  said.label = verdict(judged.anomalous);
  said.score = judged.score;
  return said;
}

void SeriesPredictor::predict_file(const std::string& file, const std::string& annotator, const Heard& heard) const {
  const auto extension = lower(fs::path(file).extension().string());
  if (!fs::is_regular_file(file)) mistake(file, "there is no such file");
  if (extension == ".hea" && wants_events()) return predict_beats(file, annotator, heard);
  if (wants_events())
    mistake(file, "this model answers for beats: give it a WFDB header (.hea) with annotations beside it");
  if (extension == ".hea") return predict_record(file, heard);
  if (extension == ".csv") return predict_csv(file, heard);
  mistake(file,
          "is no recording that this model takes: a .csv with a column for each channel, or a WFDB header (.hea)");
}

void SeriesPredictor::predict_csv(const std::string& file, const Heard& heard) const {
  const auto csv = datasets::parse_series_csv(read_text(file), file, {names_of(front_end_), "", "", ""}, false);
  const auto channels = csv.channels.size();
  Ring ring(*this, heard);
  for (std::size_t row = 0; row < static_cast<std::size_t>(csv.rows); ++row)
    ring.push(std::span(csv.values).subspan(row * channels, channels));
}

void SeriesPredictor::predict_lines(const std::function<bool(std::string&)>& next, const Heard& heard) const {
  const std::string origin = "standard input";
  const auto wanted = names_of(front_end_);
  std::vector<std::size_t> columns;
  std::vector<float> values(wanted.size());
  Ring ring(*this, heard);
  datasets::CsvRow row;
  std::string line;
  for (int number = 1; next(line); ++number) {
    if (trim(line).empty()) continue;
    datasets::CsvReader reader(line, origin);
    if (!reader.next(row)) continue;
    const auto where = concat(origin, ":", number);
    if (columns.empty()) {
      for (const auto& name : wanted) {
        const auto at = std::find(row.fields.begin(), row.fields.end(), name);
        if (at == row.fields.end())
          mistake(where,
                  concat("the header has no column '", name, "'; first comes a line that names ", join(wanted, ",")));
        columns.push_back(static_cast<std::size_t>(at - row.fields.begin()));
      }
      continue;
    }
    for (std::size_t c = 0; c < columns.size(); ++c)
      if (columns[c] >= row.fields.size() || !datasets::read_value(row.fields[columns[c]], values[c]))
        mistake(where, concat("has no number for '", wanted[c], "'"));
    ring.push(values);
  }
}

void SeriesPredictor::predict_record(const std::string& file, const Heard& heard) const {
  const auto record = datasets::read_wfdb(file);
  const auto names = names_of(front_end_);
  std::vector<std::vector<float>> signals;
  for (const auto& name : names) signals.push_back(datasets::signal_of(record, name, file));
  if (record.header.rate != front_end_.timing().rate)
    mistake(file, concat("is sampled at ", record.header.rate, " Hz, the model wants ", front_end_.timing().rate));
  Ring ring(*this, heard);
  std::vector<float> row(names.size());
  for (std::size_t i = 0; i < static_cast<std::size_t>(record.samples); ++i) {
    for (std::size_t c = 0; c < row.size(); ++c) row[c] = signals[c][i];
    ring.push(row);
  }
}

void SeriesPredictor::predict_beats(const std::string& file, const std::string& annotator, const Heard& heard) const {
  const auto& timing = front_end_.timing();
  const auto record = datasets::read_wfdb(file);
  if (record.header.rate != timing.rate)
    mistake(file, concat("is sampled at ", record.header.rate, " Hz, the model wants ", timing.rate));
  const auto marks = fs::path(file).replace_extension(annotator).string();
  if (!fs::exists(marks))
    mistake(marks,
            "is absent: beats are cut around annotations; name another extension by --annotator (a beat detector such "
            "as gqrs writes one)");
  const auto channels = front_end_.channels().size();
  const auto signal = datasets::signal_of(record, front_end_.channels()[0].name, file);
  std::vector<std::int16_t> rows(static_cast<std::size_t>(timing.window) * channels);
  for (const auto& beat : datasets::beats_of(datasets::parse_wfdb_annotations(read_bytes(marks), marks))) {
    const auto begin = beat.sample - timing.anchor;
    if (begin < 0 || begin + timing.window > record.samples) continue;
    const float rhythm[] = {beat.rr_previous, beat.rr_next};
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto c = i % channels, row = static_cast<std::size_t>(begin) + i / channels;
      rows[i] = front_end_.sample(c, c == 0 ? signal[row] : rhythm[std::min<std::size_t>(c - 1, 1)]);
    }
    heard({begin, begin + timing.window, static_cast<double>(beat.sample) / timing.rate, answer(rows, 0)});
  }
}

}  // namespace espalier::deployment
