// The features of a clip, computed by the device's own C code.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "device_runtime/audio_frontend.h"
#include "schema/readers.h"

namespace espalier::datasets {

/// The recipe's `features:` block. The defaults are Hello Edge's (arXiv 1711.07128): 49 x 10 MFCC of a second.
struct FeatureOptions {
  std::string type = "mfcc";
  std::int64_t sample_rate = 16000;
  schema::Milliseconds clip{1000}, window{40}, hop{20};
  std::int64_t mel_bands = 40, coefficients = 10;
  double low_hz = 20, high_hz = 4000, log_floor = 1e-6;
  std::string mel_scale = "htk", filter_norm = "none", spectrum = "power";
  std::string arithmetic = "integer";
  static void describe(schema::Describe<FeatureOptions>& d);
};

/// Samples of one clip -> features [1, frames, coefficients]. Const methods may be called from several threads at once.
class FrontEnd {
 public:
  /// Adds Problems at `origin` and is not valid() when the front end refuses the specification.
  FrontEnd(const FeatureOptions& options, const std::string& origin, std::vector<Problem>& problems);
  /// From what json() gave, so that an exported model finds its features without the data set. Throws Error(mistake).
  explicit FrontEnd(const Json& json);
  ~FrontEnd();
  FrontEnd(FrontEnd&&) noexcept;
  FrontEnd& operator=(FrontEnd&&) noexcept;

  bool valid() const { return state_ != nullptr; }
  std::int64_t rate() const;
  /// Length of a clip in samples.
  std::int64_t samples() const;
  /// {1, frames, coefficients}; log-mel has mel_bands in the last place.
  const std::vector<std::int64_t>& shape() const;
  std::int64_t elements() const;
  /// What the device computes, and whether it does so in integers.
  const espalier_audio_spec& spec() const;
  bool is_integer() const;

  /// clip: samples() of 16-bit PCM. out: elements(), natural-log units. Integer arithmetic delivers its Q16 numbers
  /// times 2^-16, which is what the device's quantizer will see.
  void compute(std::span<const std::int16_t> clip, std::span<float> out) const;

  /// One frame: spec().window_samples of 16-bit PCM -> shape()[2] features, the bits of compute().
  void compute_frame(std::span<const std::int16_t> frame, std::span<float> row) const;

  /// Everything that the C front end needs, under its own names, and `type`, `arithmetic`, `clip_samples`, `shape`,
  /// `lsb` (what one step of an integer feature is worth; 0 for float32).
  Json json() const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

/// Features of a file that is in no data set: read, resampled, mixed, padded or cut at its end. Throws Error(mistake)
/// that names a damaged file.
std::vector<float> features_of_audio_file(const FrontEnd& front_end, const std::string& path);

}  // namespace espalier::datasets
