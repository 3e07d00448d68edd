#include "tasks/keyword_stream.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "device_runtime/keyword_detector.h"

namespace espalier::tasks {
namespace {

/// The utterance that the detection belongs to, if none did before.
bool claim(const HeardSpeech& heard, const Detection& detection, std::vector<bool>& found) {
  const auto at = heard.ends[static_cast<std::size_t>(detection.window)];
  const auto latency = static_cast<std::int64_t>(most_latency * static_cast<double>(heard.rate));
  for (std::size_t i = 0; i < heard.utterances.size(); ++i) {
    const auto& utterance = heard.utterances[i];
    if (found[i] || utterance.label != detection.label || at < utterance.begin || at > utterance.end + latency)
      continue;
    found[i] = true;
    return true;
  }
  return false;
}

}  // namespace

std::int32_t detector_threshold(double threshold, std::int64_t smoothing) {
  return std::max(1, static_cast<std::int32_t>(std::lround(threshold * 255 * static_cast<double>(smoothing))));
}

KeywordStream::KeywordStream(StreamSettings settings, double threshold) : settings_(std::move(settings)) {
  const auto classes = settings_.keyword.size(), smoothing = static_cast<std::size_t>(settings_.smoothing);
  threshold_ = detector_threshold(threshold, settings_.smoothing);
  ring_.resize(classes * smoothing);
  sums_.resize(classes);
  const espalier_keyword_spec spec = {static_cast<std::int32_t>(classes), static_cast<std::int32_t>(smoothing),
                                      static_cast<std::int32_t>(settings_.refractory), threshold_,
                                      settings_.keyword.data()};
  espalier_keyword_state state = {ring_.data(), sums_.data(), 0, 0};
  if (espalier_keyword_start(&spec, &state) != ESPALIER_OK)
    fail("the keyword detector refuses its settings: smoothing in [1, 1024] windows, threshold in (0, 1]");
}

bool KeywordStream::push(std::span<const std::int8_t> probabilities, Detection& detection) {
  if (probabilities.size() != sums_.size()) fail("a window's probabilities are not one for each class");
  const espalier_keyword_spec spec = {
      static_cast<std::int32_t>(sums_.size()), static_cast<std::int32_t>(settings_.smoothing),
      static_cast<std::int32_t>(settings_.refractory), threshold_, settings_.keyword.data()};
  espalier_keyword_state state = {ring_.data(), sums_.data(), next_, quiet_};
  const auto label = espalier_keyword_push(&spec, &state, probabilities.data());
  next_ = state.next, quiet_ = state.quiet;
  ++windows_;
  if (label < 0) return false;
  detection = {windows_ - 1, label,
               sums_[static_cast<std::size_t>(label)] / (255.0 * static_cast<double>(settings_.smoothing))};
  return true;
}

StreamScore score(const HeardSpeech& heard, const StreamSettings& settings, double threshold) {
  KeywordStream stream(settings, threshold);
  StreamScore result;
  result.threshold = threshold;
  result.hours = static_cast<double>(heard.samples) / static_cast<double>(heard.rate) / 3600;
  std::vector<bool> found(heard.utterances.size(), false);
  const auto classes = settings.keyword.size();
  Detection detection;
  for (std::size_t window = 0; window < heard.ends.size(); ++window)
    if (stream.push(std::span(heard.probabilities).subspan(window * classes, classes), detection) &&
        !claim(heard, detection, found))
      ++result.false_accepts;
  for (std::size_t i = 0; i < heard.utterances.size(); ++i) {
    if (!settings.keyword[static_cast<std::size_t>(heard.utterances[i].label)]) continue;
    ++result.keywords;
    result.missed += !found[i];
  }
  return result;
}

std::vector<StreamScore> curve(const HeardSpeech& heard, const StreamSettings& settings) {
  std::vector<StreamScore> points;
  for (int percent = 5; percent <= 100; percent += percent < 90 ? 5 : 1)
    points.push_back(score(heard, settings, percent / 100.0));
  return points;
}

double choose_threshold(const std::vector<StreamScore>& curve, double false_accepts_per_hour) {
  const auto better = [&](const StreamScore& a, const StreamScore& b) {
    const bool a_fits = a.false_accepts_per_hour() <= false_accepts_per_hour,
               b_fits = b.false_accepts_per_hour() <= false_accepts_per_hour;
    if (a_fits != b_fits) return a_fits;
    if (!a_fits && a.false_accepts != b.false_accepts) return a.false_accepts < b.false_accepts;
    if (a.missed != b.missed) return a.missed < b.missed;
    return a.threshold > b.threshold;
  };
  return std::min_element(curve.begin(), curve.end(), better)->threshold;
}

Json to_json(const StreamScore& score) {
  auto json = Json::map();
  json.set("threshold", score.threshold).set("false_accepts_per_hour", score.false_accepts_per_hour());
  json.set("false_rejects", score.false_rejects()).set("keywords", score.keywords);
  return json.set("hours", score.hours);
}

}  // namespace espalier::tasks
