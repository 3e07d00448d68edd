#include "datasets/sound_windows.h"

#include "base/error.h"

namespace espalier::datasets {
namespace {

std::int64_t stride_of(const Json& json) {
  const auto& stride = json.at("window_stride");
  if (!stride.is_number() || stride.number() < 1 || stride.number() > 10000)
    mistake("front_end", "carries no stride of windows (window_stride, 1 to 10000)");
  return stride.integer();
}

}  // namespace

SoundWindows::SoundWindows(FrontEnd front_end, std::int64_t stride)
    : front_end_(std::move(front_end)), stride_(stride) {}

SoundWindows::SoundWindows(const Json& json) : front_end_(json), stride_(stride_of(json)) {}

std::int64_t SoundWindows::frames_in(std::int64_t samples) const {
  const auto& spec = front_end_.spec();
  return samples < spec.window_samples ? 0 : (samples - spec.window_samples) / spec.hop_samples + 1;
}

std::int64_t SoundWindows::count(std::int64_t samples) const {
  const auto frames = frames_in(samples), seen = front_end_.shape()[1];
  return frames < seen ? 0 : (frames - seen) / stride_ + 1;
}

std::vector<float> SoundWindows::rows(std::span<const std::int16_t> sound) const {
  const auto coefficients = static_cast<std::size_t>(front_end_.shape()[2]),
             length = static_cast<std::size_t>(front_end_.spec().window_samples),
             hop = static_cast<std::size_t>(front_end_.spec().hop_samples);
  const auto frames = static_cast<std::size_t>(frames_in(static_cast<std::int64_t>(sound.size())));
  std::vector<float> rows(frames * coefficients);
  for (std::size_t i = 0; i < frames; ++i)
    front_end_.compute_frame(sound.subspan(i * hop, length), std::span(rows).subspan(i * coefficients, coefficients));
  return rows;
}

std::span<const float> SoundWindows::window(std::span<const float> rows, std::int64_t window) const {
  return rows.subspan(static_cast<std::size_t>(window * stride_ * front_end_.shape()[2]),
                      static_cast<std::size_t>(front_end_.elements()));
}

Json SoundWindows::json() const { return front_end_.json().set("window_stride", stride_); }

}  // namespace espalier::datasets
