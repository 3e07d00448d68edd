#include "deployment/anomaly_detector.h"

#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "datasets/audio_file.h"
#include "datasets/sound_windows.h"
#include "deployment/input_quantizer.h"
#include "deployment/input_reader.h"
#include "tasks/anomaly_detection.h"

namespace espalier::deployment {
namespace {

const integer::Activation& activation(const integer::Program& program, integer::Id id) {
  return program.activations[static_cast<std::size_t>(id)];
}

}  // namespace

std::string verdict(bool anomalous) { return anomalous ? "anomalous" : "normal"; }

tasks::DeviceReconstruction reconstruction_of(const integer::Program& program, const std::string& origin) {
  const auto &input = activation(program, program.input), &output = activation(program, program.output);
  if (integer::elements(input.shape) != integer::elements(output.shape))
    mistake(origin, "is to give back its input, and its output has another size");
  return {{input.scale, input.zero_point}, {output.scale, output.zero_point}, integer::elements(input.shape)};
}

std::optional<exporting::c::AnomalySettings> anomaly_settings(const integer::Program& program, const Json& front_end) {
  const auto& decoding = front_end.at("decoding");
  if (!tasks::is_anomaly_decoding(decoding) || !decoding.has("threshold")) return std::nullopt;
  const auto device = reconstruction_of(program, program.name);
  const double threshold = tasks::anomaly_decoding_of(decoding, program.name).threshold / device.unit();
  // Upwards, so that the recording that the threshold was taken from stays normal.
  constexpr double most = 281474976710655.0;  // 2^48 - 1
  return exporting::c::AnomalySettings{device.reconstruction(),
                                       static_cast<std::uint64_t>(std::ceil(std::min(threshold, most)))};
}

struct AnomalyDetector::State {
  explicit State(const ExportedModel& model)
      : file(model.file),
        threshold(tasks::anomaly_decoding_of(model.front_end.at("decoding"), model.file).threshold),
        lsb(step_of(model.front_end)),
        twin(model.program, integer::Arithmetic::tflm, 1),
        device(reconstruction_of(model.program, model.file)) {
    if (model.front_end.has("window_stride"))
      windows.emplace(model.front_end);
    else if (model.front_end.at("type").text() != "series")
      reader = input_reader(model.front_end, model.file);
    const auto given = windows ? windows->front_end().elements() : reader ? reader->elements() : elements();
    if (given != elements())
      mistake(file, concat("is damaged: its front end gives ", given, " features, its network takes ", elements()));
  }

  std::int64_t elements() const { return device.reconstruction().elements; }

  double error(std::span<const float> features) const {
    if (static_cast<std::int64_t>(features.size()) != elements())
      fail(concat("a sample of ", features.size(), " features, where ", elements(), " are due"));
    std::vector<std::int8_t> input(features.size()), output(features.size());
    quantize_input(twin.program(), lsb, features, input);
    twin.run(input, 1, output);
    return device.error(input, output);
  }

  std::string file;
  double threshold = 0, lsb = 0;
  integer::Twin twin;
  tasks::DeviceReconstruction device;
  std::optional<datasets::SoundWindows> windows;
  std::unique_ptr<InputReader> reader;
};

bool AnomalyDetector::is_one(const ExportedModel& model) {
  return tasks::is_anomaly_decoding(model.front_end.at("decoding"));
}

AnomalyDetector::AnomalyDetector(const ExportedModel& model) : state_(std::make_unique<State>(model)) {}
AnomalyDetector::~AnomalyDetector() = default;

double AnomalyDetector::threshold() const { return state_->threshold; }

Anomaly AnomalyDetector::judge(std::span<const float> features) const {
  const double score = state_->error(features);
  return {score, score > state_->threshold, 1};
}

Anomaly AnomalyDetector::judge_file(const std::string& file) const {
  if (state_->reader) return judge(state_->reader->read(file));
  if (!state_->windows) mistake(file, "is no recording that this model takes");
  const auto& windows = *state_->windows;
  const auto sound = datasets::read_audio(file, {windows.front_end().rate(), true, true});
  Anomaly found;
  found.windows = windows.count(static_cast<std::int64_t>(sound.size()));
  if (found.windows < 1)
    mistake(file, concat("is shorter than the ", windows.front_end().shape()[1], " frames of a window"));
  const auto rows = windows.rows(sound);
  for (std::int64_t i = 0; i < found.windows; ++i) found.score += state_->error(windows.window(rows, i));
  found.score /= static_cast<double>(found.windows);
  found.anomalous = found.score > state_->threshold;
  return found;
}

}  // namespace espalier::deployment
