#include "datasets/series_augment.h"

#include <cmath>

#include "base/text.h"
#include "datasets/key_range.h"

namespace espalier::datasets {
namespace {

constexpr double turn = 6.283185307179586;

/// A row of the source for each row of the window: smooth, and rising where |warp| < 1.
class Course {
 public:
  Course(const SeriesAugmentOptions& options, std::int64_t rows, Random& random)
      : rows_(static_cast<double>(rows)),
        shift_(std::round(random.uniform(-1, 1) * static_cast<double>(options.time_shift))),
        speed_(random.uniform(options.speed[0], options.speed[1])),
        warp_(options.time_warp * random.uniform(-1, 1)),
        phase_(random.uniform()) {}

  double at(std::int64_t row) const {
    const double centre = (rows_ - 1) / 2, t = static_cast<double>(row);
    if (speed_ == 1 && warp_ == 0) return t + shift_;
    const double wave = std::sin(turn * (t / rows_ + phase_)) - std::sin(turn * (centre / rows_ + phase_));
    return centre + shift_ + speed_ * (t - centre) + warp_ * rows_ / turn * wave;
  }

 private:
  double rows_, shift_, speed_, warp_, phase_;
};

}  // namespace

void SeriesAugmentOptions::describe(schema::Describe<SeriesAugmentOptions>& d) {
  d.about("variants of a window of a series", "Um et al. 2017, arXiv:1706.00527");
  d.key("views", &SeriesAugmentOptions::views, "different variants before they repeat; 0: never").range(0, 10000);
  d.key("time_shift", &SeriesAugmentOptions::time_shift, "at most so far, to either side")
      .range(0, 65536)
      .in("samples");
  d.key("speed", &SeriesAugmentOptions::speed, "[low, high]: factor of the time that passes");
  d.key("time_warp", &SeriesAugmentOptions::time_warp,
        "most by which the time runs faster and slower inside the window")
      .range(0, 0.95);
  d.key("scale", &SeriesAugmentOptions::scale, "[low, high]: factor of the distance to the mean, for all channels");
  d.key("jitter", &SeriesAugmentOptions::jitter, "white noise, in deviations of the channel").range(0, 10);
  d.key("channel_dropout", &SeriesAugmentOptions::channel_dropout, "chance that a channel falls silent").range(0, 0.9);
}

SeriesAugment::SeriesAugment(const schema::Value& block, std::vector<Problem>& problems) {
  if (block.is_null()) {
    options_.views = 1;  // nothing changes
    return;
  }
  options_ = schema::read_options<SeriesAugmentOptions>(block, "augment", problems);
  check_range(block, "scale", options_.scale, problems, {.low = 0});
  check_range(block, "speed", options_.speed, problems, {.low = 0.1});
}

void SeriesAugment::apply(const Source& source, Random& random, std::int64_t rows, std::span<double> out) const {
  const auto channels = source.mean.size();
  const Course course(options_, rows, random);
  const double gain = random.uniform(options_.scale[0], options_.scale[1]);
  std::vector<std::uint8_t> silent(channels);
  std::size_t silenced = 0;
  for (std::size_t c = 0; c < channels; ++c) {
    silent[c] = random.uniform() < options_.channel_dropout && silenced + 1 < channels ? 1 : 0;
    silenced += silent[c];
  }
  for (std::int64_t row = 0; row < rows; ++row) {
    const double place = course.at(row), below = std::floor(place), part = place - below;
    for (std::size_t c = 0; c < channels; ++c) {
      double value = source.value(static_cast<std::int64_t>(below), c);
      if (part > 0) value += part * (source.value(static_cast<std::int64_t>(below) + 1, c) - value);
      const double noise = options_.jitter > 0 ? options_.jitter * source.deviation[c] * random.normal() : 0;
      const double moved = c < source.moving ? source.mean[c] + gain * (value - source.mean[c]) + noise : value;
      out[static_cast<std::size_t>(row) * channels + c] = silent[c] ? source.mean[c] : moved;
    }
  }
}

}  // namespace espalier::datasets
