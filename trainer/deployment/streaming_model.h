// Keywords in a stream of sound, by the integer model as the device runs it: a frame at a time, windows that overlap,
// smoothed probabilities, a threshold.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "datasets/feature_stream.h"
#include "integer/twin.h"
#include "tasks/keyword_stream.h"

namespace espalier::exporting::c {
struct KeywordSettings;
}
namespace espalier::reporting {
struct Streaming;
}

namespace espalier::deployment {

/// How a stream is listened to; what the recipe's `streaming:` says, or its defaults.
struct Listening {
  double stride_ms = 60, smoothing_ms = 300, refractory_ms = 800;
  double threshold = 0.8;  ///< of the smoothed probability; the default lets little through
};

/// The integer model behind a front end that never stops.
class StreamingModel {
 public:
  /// `front_end`: Dataset::front_end, or what an exported file carries. `stride`: from answer to answer, in
  /// milliseconds, rounded to whole frames.
  StreamingModel(const integer::Program& program, const Json& front_end, double stride);
  std::int64_t rate() const { return front_end_.rate(); }
  /// Milliseconds from answer to answer.
  double stride() const;
  /// `answer(probabilities, end)`: int8 of scale 1/256 and zero point -128, one for each class, of the clip that ends
  /// after `end` samples.
  void push(std::span<const std::int16_t> samples,
            const std::function<void(std::span<const std::int8_t>, std::int64_t end)>& answer);

 private:
  datasets::FrontEnd front_end_;
  double lsb_ = 0;
  std::int64_t frames_ = 1;
  datasets::FeatureStream stream_;
  integer::Twin twin_;
  std::vector<std::int8_t> input_, output_;
};

/// In windows of `stride` milliseconds. Classes whose names begin with an underscore are no keywords.
tasks::StreamSettings stream_settings(const Listening& listening, double stride,
                                      const std::vector<std::string>& classes);

/// What a run measured, as it listened.
Listening listening_of(const reporting::Streaming& measured);

/// The same for the C export: what `predict --stream` finds, the device finds.
exporting::c::KeywordSettings device_settings(const reporting::Streaming& measured, const Json& front_end,
                                              const std::vector<std::string>& classes);

}  // namespace espalier::deployment
