// Features of sound that never ends, a frame at a time.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "datasets/front_end.h"

namespace espalier::datasets {

/// Keeps the samples of one frame and the rows of one clip. Every `stride` frames, once a clip has been heard, gives
/// the features of the clip that has just ended: the bits that FrontEnd::compute gives for it.
class FeatureStream {
 public:
  /// `front_end` must outlive it. `stride` is in frames, at least 1.
  FeatureStream(const FrontEnd& front_end, std::int64_t stride);
  /// `heard(features, end)`: FrontEnd::elements() of them; `end` counts the samples up to the clip's end.
  void push(std::span<const std::int16_t> samples,
            const std::function<void(std::span<const float>, std::int64_t end)>& heard);

 private:
  const FrontEnd& front_end_;
  std::int64_t stride_, frames_, heard_ = 0;  ///< heard_: samples before buffer_
  std::vector<std::int16_t> buffer_;
  std::vector<float> rows_;  ///< a ring of frames_ rows, each twice, so that a clip always lies in one piece
  std::int64_t made_ = 0;    ///< rows so far
  std::size_t skip_ = 0;     ///< samples to come that no frame wants: between frames whose hop is longer than they are
};

}  // namespace espalier::datasets
