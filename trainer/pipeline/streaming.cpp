#include "pipeline/streaming.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/text.h"
#include "device_runtime/kernels_s8.h"
#include "integer/constants.h"
#include "pipeline/integer_model.h"

namespace espalier::pipeline {
namespace {

std::int64_t frames_of(const datasets::FrontEnd& front_end, double milliseconds) {
  const double hop = 1000.0 * front_end.spec().hop_samples / front_end.spec().sample_rate;
  return std::max<std::int64_t>(1, std::llround(milliseconds / hop));
}

double milliseconds_of(const datasets::FrontEnd& front_end, std::int64_t frames) {
  return 1000.0 * static_cast<double>(frames) * front_end.spec().hop_samples / front_end.spec().sample_rate;
}

std::int64_t windows_of(double milliseconds, double stride) { return std::llround(milliseconds / stride); }

/// Logits become probabilities in place, unless the network gives them itself.
void to_probabilities(const integer::Program& program, std::span<std::int8_t> answer) {
  if (std::holds_alternative<integer::Softmax>(program.instructions.back())) return;
  const auto constants =
      integer::softmax_constants(1, program.activations[static_cast<std::size_t>(program.output)].scale);
  const auto status =
      espalier_softmax_s8(answer.data(), 1, static_cast<std::int32_t>(answer.size()), constants.multiplier,
                          constants.left_shift, constants.diff_min, answer.data());
  if (status != ESPALIER_OK) fail("the network's outputs cannot become probabilities");
}

std::int64_t silence_of(const std::vector<std::string>& classes) {
  const auto found = std::find(classes.begin(), classes.end(), "_silence_");
  return found == classes.end() ? -1 : found - classes.begin();
}

tasks::HeardSpeech hear(StreamingModel& model, const datasets::Dataset& data, datasets::Split split,
                        std::uint64_t seed) {
  datasets::ContinuousOptions options;
  options.rate = model.rate();
  options.silence = silence_of(data.classes());
  options.seed = seed;
  const auto speech = datasets::continuous_speech(data, split, options);
  tasks::HeardSpeech heard;
  heard.utterances = speech.utterances;
  heard.rate = options.rate;
  heard.samples = static_cast<std::int64_t>(speech.samples.size());
  model.push(speech.samples, [&](std::span<const std::int8_t> probabilities, std::int64_t end) {
    heard.probabilities.insert(heard.probabilities.end(), probabilities.begin(), probabilities.end());
    heard.ends.push_back(end);
  });
  return heard;
}

}  // namespace

StreamingModel::StreamingModel(const integer::Program& program, const Json& front_end, double stride)
    : front_end_(front_end),
      lsb_(step_of(front_end)),
      frames_(frames_of(front_end_, stride)),
      stream_(front_end_, frames_),
      twin_(program, integer::Arithmetic::tflm, 1),
      input_(static_cast<std::size_t>(front_end_.elements())),
      output_(static_cast<std::size_t>(
          integer::elements(program.activations[static_cast<std::size_t>(program.output)].shape))) {}

double StreamingModel::stride() const { return milliseconds_of(front_end_, frames_); }

void StreamingModel::push(std::span<const std::int16_t> samples,
                          const std::function<void(std::span<const std::int8_t>, std::int64_t end)>& answer) {
  stream_.push(samples, [&](std::span<const float> features, std::int64_t end) {
    quantize_input(twin_.program(), lsb_, features, input_);
    twin_.run(input_, 1, output_);
    to_probabilities(twin_.program(), output_);
    answer(output_, end);
  });
}

tasks::StreamSettings stream_settings(const StreamingOptions& options, double stride,
                                      const std::vector<std::string>& classes) {
  tasks::StreamSettings settings;
  settings.smoothing = std::max<std::int64_t>(1, windows_of(options.smoothing.value, stride));
  settings.refractory = windows_of(options.refractory.value, stride);
  for (const auto& name : classes) settings.keyword.push_back(!starts_with(name, "_"));
  return settings;
}

StreamingOptions options_of(const reporting::Streaming& measured) {
  StreamingOptions options;
  options.stride.value = measured.stride_ms;
  options.smoothing.value = measured.smoothing_ms;
  options.refractory.value = measured.refractory_ms;
  return options;
}

exporting::c::KeywordSettings device_settings(const reporting::Streaming& measured, const Json& front_end,
                                              const std::vector<std::string>& classes) {
  const datasets::FrontEnd hears(front_end);
  exporting::c::KeywordSettings device;
  device.stride = frames_of(hears, measured.stride_ms);
  auto settings = stream_settings(options_of(measured), milliseconds_of(hears, device.stride), classes);
  device.smoothing = settings.smoothing;
  device.refractory = settings.refractory;
  device.threshold = tasks::detector_threshold(measured.threshold, settings.smoothing);
  device.keyword = std::move(settings.keyword);
  return device;
}

reporting::Streaming measure_streaming(const integer::Program& program, const Plan& plan) {
  const auto& options = plan.recipe.streaming;
  const auto& data = *plan.data;
  const auto front_end = data.front_end();
  const auto heard = [&](datasets::Split split) {
    StreamingModel model(program, front_end, options.stride.value);
    return std::pair(hear(model, data, split, plan.seed()), model.stride());
  };
  reporting::Streaming result;
  const auto [validation, stride] = heard(datasets::Split::validation);
  const auto settings = stream_settings(options, stride, data.classes());
  result.stride_ms = stride;
  result.smoothing_ms = static_cast<double>(settings.smoothing) * stride;
  result.refractory_ms = static_cast<double>(settings.refractory) * stride;
  result.threshold = tasks::choose_threshold(tasks::curve(validation, settings), options.false_accepts_per_hour);
  const auto test = heard(datasets::Split::test).first;
  const auto scored = tasks::score(test, settings, result.threshold);
  result.false_accepts_per_hour = scored.false_accepts_per_hour();
  result.false_rejects = scored.false_rejects();
  result.keywords = scored.keywords;
  result.hours = scored.hours;
  for (const auto& point : tasks::curve(test, settings))
    result.curve.push_back({point.threshold, point.false_accepts_per_hour(), point.false_rejects()});
  return result;
}

}  // namespace espalier::pipeline
