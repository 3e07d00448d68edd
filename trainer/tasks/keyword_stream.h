// Keywords in sound that never ends: detecting them, and how well that goes at which threshold.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "datasets/continuous_speech.h"

namespace espalier::tasks {

/// In windows, as device_runtime/keyword_detector.h counts them.
struct StreamSettings {
  std::int64_t smoothing = 4, refractory = 12;
  std::vector<std::uint8_t> keyword;  ///< [classes]: 1 where a class is a keyword
};

/// What the smoothed probabilities of `smoothing` windows, in 1/256, have to add up to for a threshold in (0, 1].
std::int32_t detector_threshold(double threshold, std::int64_t smoothing);

struct Detection {
  std::int64_t window = 0;  ///< from 0
  std::int64_t label = 0;
  double score = 0;  ///< the smoothed probability, in [0, 1]
};

/// The device's own detector over windows that come one by one.
class KeywordStream {
 public:
  /// `threshold` in (0, 1]. Throws Error(failed) where the detector refuses.
  KeywordStream(StreamSettings settings, double threshold);
  /// probabilities: [classes], int8 of scale 1/256 and zero point -128. Whether a keyword was detected.
  bool push(std::span<const std::int8_t> probabilities, Detection& detection);

 private:
  StreamSettings settings_;
  std::int32_t threshold_ = 1;
  std::vector<std::uint8_t> ring_;
  std::vector<std::int32_t> sums_;
  std::int32_t next_ = 0, quiet_ = 0;
  std::int64_t windows_ = 0;
};

/// What a network said to continuous speech: probabilities of [windows][classes], and where each window ends.
struct HeardSpeech {
  std::vector<std::int8_t> probabilities;
  std::vector<std::int64_t> ends;  ///< in samples
  std::vector<datasets::Utterance> utterances;
  std::int64_t rate = 16000, samples = 0;
};

/// One point of the curve.
struct StreamScore {
  double threshold = 0;
  std::int64_t keywords = 0;  ///< utterances of keywords
  std::int64_t missed = 0;  ///< of them: no detection of their label from their beginning to `latency` after their end
  std::int64_t false_accepts = 0;  ///< detections that belong to none
  double hours = 0;
  double false_accepts_per_hour() const { return hours > 0 ? static_cast<double>(false_accepts) / hours : 0; }
  double false_rejects() const { return keywords ? static_cast<double>(missed) / static_cast<double>(keywords) : 0; }
};

constexpr double most_latency = 0.75;  ///< seconds after an utterance's end

StreamScore score(const HeardSpeech& heard, const StreamSettings& settings, double threshold);

/// At thresholds from 0.05 to 1, nearer to one another above 0.9.
std::vector<StreamScore> curve(const HeardSpeech& heard, const StreamSettings& settings);

/// The threshold of the fewest misses among those with at most `false_accepts_per_hour`; where none has so few, of the
/// fewest false accepts. Of equals the highest. `curve` must not be empty.
double choose_threshold(const std::vector<StreamScore>& curve, double false_accepts_per_hour);

/// {"threshold", "false_accepts_per_hour", "false_rejects", "keywords", "hours"}.
Json to_json(const StreamScore& score);

}  // namespace espalier::tasks
