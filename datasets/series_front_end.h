// A window of a sampled series as a network's input, computed by the device's own C code.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "device_runtime/series_frontend.h"

namespace espalier::datasets {

/// One channel: what a step of its int16 samples is worth, and how the kernel normalises them.
struct SeriesChannel {
  std::string name;
  double step = 1;  ///< of the data's unit
  espalier_series_channel kernel{};
};

/// When a window is taken.
struct SeriesTiming {
  double rate = 1;                   ///< Hz
  std::int64_t window = 0, hop = 1;  ///< rows
  std::int64_t anchor = -1;  ///< rows of a window before the event that it is cut around (a beat); -1: every hop
};

/// Rows of samples -> features [channels, window, 1], as convolutions over time want them. Const methods may be called
/// from several threads at once.
class SeriesFrontEnd {
 public:
  /// Throws Error(mistake) at `origin` where the kernel refuses.
  SeriesFrontEnd(std::vector<SeriesChannel> channels, const SeriesTiming& timing, const std::string& origin);
  /// From what json() gave, so that an exported model finds its windows without the data set. Throws Error(mistake).
  explicit SeriesFrontEnd(const Json& json);

  const std::vector<SeriesChannel>& channels() const { return state_->channels; }
  const SeriesTiming& timing() const { return state_->timing; }
  /// What the device computes; valid while this object or a copy lives.
  const espalier_series_spec& spec() const { return state_->spec; }
  /// {channels, window, 1}.
  const std::vector<std::int64_t>& shape() const { return state_->shape; }
  std::int64_t elements() const { return state_->shape[0] * state_->shape[1]; }

  /// A value in the data's unit as the int16 sample that a device would read: rounded, saturated.
  std::int16_t sample(std::size_t channel, double value) const;
  /// rows: [window][channels]; `first` is the oldest (of a ring). out: elements() features, channel after channel, in
  /// deviations: Q16 numbers times 2^-16, which is what the device's quantizer sees.
  void compute(std::span<const std::int16_t> rows, std::span<float> out, std::int64_t first = 0) const;

  /// `type: series`, everything that the kernel needs under its own names, `shape` and `lsb` (2^-16).
  Json json() const;

 private:
  struct State {
    std::vector<SeriesChannel> channels;
    std::vector<espalier_series_channel> kernels;
    SeriesTiming timing;
    espalier_series_spec spec{};
    std::vector<std::int64_t> shape;
  };
  void check(const std::string& origin);
  std::shared_ptr<State> state_;
};

/// Is this the specification of a series front end?
bool is_series(const Json& front_end);

}  // namespace espalier::datasets
