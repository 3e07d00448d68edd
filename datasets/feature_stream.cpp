#include "datasets/feature_stream.h"

#include <algorithm>

namespace espalier::datasets {

FeatureStream::FeatureStream(const FrontEnd& front_end, std::int64_t stride)
    : front_end_(front_end),
      stride_(stride),
      frames_(front_end.shape()[1]),
      rows_(2 * static_cast<std::size_t>(front_end.elements())) {
  if (stride < 1) fail("a stream's stride is at least one frame");
}

void FeatureStream::push(std::span<const std::int16_t> samples,
                         const std::function<void(std::span<const float>, std::int64_t end)>& heard) {
  const auto window = static_cast<std::size_t>(front_end_.spec().window_samples),
             hop = static_cast<std::size_t>(front_end_.spec().hop_samples),
             width = static_cast<std::size_t>(front_end_.shape()[2]);
  const auto skipped = std::min(skip_, samples.size());
  skip_ -= skipped;
  heard_ += static_cast<std::int64_t>(skipped);
  samples = samples.subspan(skipped);
  buffer_.insert(buffer_.end(), samples.begin(), samples.end());
  std::size_t at = 0;
  for (; at + window <= buffer_.size(); at += hop) {
    const auto place = static_cast<std::size_t>(made_ % frames_) * width;
    const std::span<float> row(rows_.data() + place, width);
    front_end_.compute_frame(std::span(buffer_).subspan(at, window), row);
    std::copy(row.begin(), row.end(), rows_.begin() + static_cast<std::ptrdiff_t>(place) + front_end_.elements());
    ++made_;
    if (made_ < frames_ || (made_ - frames_) % stride_ != 0) continue;
    // The oldest row lies behind the newest.
    const auto oldest = static_cast<std::size_t>(made_ % frames_) * width;
    heard(std::span<const float>(rows_).subspan(oldest, static_cast<std::size_t>(front_end_.elements())),
          heard_ + static_cast<std::int64_t>(at + window));
  }
  const auto done = std::min(at, buffer_.size());
  skip_ += at - done;
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(done));
  heard_ += static_cast<std::int64_t>(done);
}

}  // namespace espalier::datasets
