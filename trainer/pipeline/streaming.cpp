#include "pipeline/streaming.h"

#include <algorithm>

#include "deployment/streaming_model.h"
#include "reporting/summary.h"
#include "tasks/keyword_stream.h"

namespace espalier::pipeline {
namespace {

std::int64_t silence_of(const std::vector<std::string>& classes) {
  const auto found = std::find(classes.begin(), classes.end(), "_silence_");
  return found == classes.end() ? -1 : found - classes.begin();
}

tasks::HeardSpeech hear(deployment::StreamingModel& model, const datasets::Dataset& data, datasets::Split split,
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

reporting::Streaming measure_streaming(const integer::Program& program, const Plan& plan) {
  const auto& options = plan.recipe.streaming;
  const deployment::Listening listening{options.stride.value, options.smoothing.value, options.refractory.value};
  const auto& data = *plan.data;
  const auto front_end = data.front_end();
  const auto heard = [&](datasets::Split split) {
    deployment::StreamingModel model(program, front_end, options.stride.value);
    return std::pair(hear(model, data, split, plan.seed()), model.stride());
  };
  reporting::Streaming result;
  const auto [validation, stride] = heard(datasets::Split::validation);
  const auto settings = deployment::stream_settings(listening, stride, data.classes());
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
