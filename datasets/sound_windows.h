// A sound of any length as a network that sees few frames at once takes it: windows of frames, which overlap.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "datasets/front_end.h"

namespace espalier::datasets {

/// The front end's clip is one window. Const methods may be called from several threads at once.
class SoundWindows {
 public:
  /// `stride`: frames from window to window, at least 1.
  SoundWindows(FrontEnd front_end, std::int64_t stride);
  /// From Dataset::front_end or what an exported file carries: the front end's own, and `window_stride`. Throws
  /// Error(mistake).
  explicit SoundWindows(const Json& json);

  const FrontEnd& front_end() const { return front_end_; }
  /// Whole windows in so many samples; 0 in fewer than one has.
  std::int64_t count(std::int64_t samples) const;
  /// First sample of a window.
  std::int64_t begin(std::int64_t window) const { return window * stride_ * front_end_.spec().hop_samples; }
  /// Every frame once: [frames][coefficients].
  std::vector<float> rows(std::span<const std::int16_t> sound) const;
  /// Of what rows() gave: front_end().elements() features.
  std::span<const float> window(std::span<const float> rows, std::int64_t window) const;
  Json json() const;

 private:
  std::int64_t frames_in(std::int64_t samples) const;
  FrontEnd front_end_;
  std::int64_t stride_;
};

}  // namespace espalier::datasets
