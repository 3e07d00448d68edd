// What may happen to a window of a series before its features are computed.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "schema/readers.h"

namespace espalier::datasets {

/// The recipe's `augment:` block as it is written.
struct SeriesAugmentOptions {
  std::int64_t views = 0, time_shift = 0;
  double jitter = 0, time_warp = 0, channel_dropout = 0;
  std::vector<double> scale = {1, 1}, speed = {1, 1};
  static void describe(schema::Describe<SeriesAugmentOptions>& d);
};

/// Changes a window; a function of its arguments alone.
class SeriesAugment {
 public:
  SeriesAugment() = default;
  /// Reads the block; Problems carry its line.
  SeriesAugment(const schema::Value& block, std::vector<Problem>& problems);
  std::int64_t views() const { return options_.views; }

  /// Where rows of a window come from, and what an ordinary value of a channel is.
  struct Source {
    std::function<double(std::int64_t row, std::size_t channel)> value;  ///< rows before 0 and behind the end too
    std::span<const double> mean, deviation;                             ///< of the training data, by channel
    std::size_t moving = 0;  ///< channels that pass in time; those behind them are constants of the window
  };
  /// In this order: a shift, another speed and a warp of time (rows are interpolated), a gain around each channel's
  /// mean that all channels share, noise of `jitter` deviations, channels that fall silent at their mean (never all).
  /// out: [rows][channels].
  void apply(const Source& source, Random& random, std::int64_t rows, std::span<double> out) const;

 private:
  SeriesAugmentOptions options_;
};

}  // namespace espalier::datasets
