#include "datasets/series_calibration.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "base/text.h"
#include "device_runtime/series_frontend_tables.h"

namespace espalier::datasets {
namespace {

constexpr double most_sample = 32767;

/// Of the training windows' values in one channel.
struct Statistics {
  double mean = 0, deviation = 0, largest = 0;
  bool whole = true;
};

Statistics statistics_of(const SeriesCatalog& catalog, std::size_t channel) {
  Statistics found;
  double sum = 0, squares = 0;
  const auto& windows = catalog.splits[0];
  const auto each = [&](const auto& look) {
    for (const auto& window : windows)
      for (std::int64_t row = 0; row < catalog.timing.window; ++row) look(series_value(catalog, window, row, channel));
  };
  const double count = static_cast<double>(windows.size()) * static_cast<double>(catalog.timing.window);
  each([&](double value) {
    sum += value;
    found.largest = std::max(found.largest, std::abs(value));
    found.whole = found.whole && value == std::floor(value);
  });
  found.mean = sum / count;
  each([&](double value) { squares += (value - found.mean) * (value - found.mean); });
  found.deviation = std::sqrt(squares / count);
  return found;
}

/// Values are measured in 2^-14 to 2^15 steps, so a step cannot be chosen too small.
double step_of(const Statistics& statistics) {
  if (statistics.whole && statistics.largest <= most_sample) return 1;
  return std::exp2(std::ceil(std::log2(2 * statistics.largest / most_sample)));
}

class Calibrating {
 public:
  Calibrating(const SeriesFeatureOptions& options, const std::string& origin, const SeriesCatalog& catalog,
              std::vector<Problem>& problems)
      : options_(options), origin_(origin), catalog_(catalog), problems_(problems) {}

  std::optional<SeriesCalibration> calibrate() {
    const auto before = problems_.size();
    check("normalization", options_.normalization.size());
    check("step", options_.step.size());
    check("mean", options_.mean.size());
    check("deviation", options_.deviation.size());
    for (const auto& word : options_.normalization)
      if (word != "fixed" && word != "window") problem(fmt::format("normalization '{}' must be fixed or window", word));
    if (problems_.size() != before) return {};
    for (std::size_t c = 0; c < catalog_.channels.size(); ++c) add(c);
    if (problems_.size() != before) return {};
    try {
      return SeriesCalibration{
          {std::move(channels_), catalog_.timing, origin_}, std::move(mean_), std::move(deviation_), std::move(notes_)};
    } catch (const Error& error) {
      problems_.insert(problems_.end(), error.problems().begin(), error.problems().end());
      return {};
    }
  }

 private:
  void add(std::size_t c) {
    const auto found = statistics_of(catalog_, c);
    SeriesChannel channel;
    channel.name = catalog_.channels[c];
    channel.step = of(options_.step, c, step_of(found));
    mean_.push_back(found.mean);
    deviation_.push_back(found.deviation);
    const bool fixed = options_.normalization[options_.normalization.size() == 1 ? 0 : c] == "fixed";
    if (fixed && found.deviation == 0 && options_.deviation.empty())
      notes_.push_back(fmt::format("channel '{}' never changes in the training data", channel.name));
    const double deviation = of(options_.deviation, c, found.deviation > 0 ? found.deviation : channel.step);
    const double least = options_.least_deviation > 0 ? options_.least_deviation : found.deviation / 100;
    try {
      channel.kernel = fixed ? device_runtime::fixed_channel(of(options_.mean, c, found.mean) / channel.step,
                                                             deviation / channel.step)
                             : device_runtime::window_channel(least / channel.step);
      channels_.push_back(std::move(channel));
    } catch (const std::invalid_argument& refusal) {
      problem(fmt::format("channel '{}': mean {:.6g} and deviation {:.6g} at a step of {:.6g}: {}", channel.name,
                          of(options_.mean, c, found.mean), deviation, channel.step, refusal.what()));
    }
  }

  static double of(const std::vector<double>& given, std::size_t channel, double otherwise) {
    return given.empty() ? otherwise : given[given.size() == 1 ? 0 : channel];
  }
  void check(const char* key, std::size_t size) {
    if (size > 1 && size != catalog_.channels.size())
      problem(fmt::format("{} has {} entries for {} channels ({})", key, size, catalog_.channels.size(),
                          join(catalog_.channels, ", ")));
  }
  void problem(std::string text) { problems_.push_back({origin_, "features: " + std::move(text)}); }

  const SeriesFeatureOptions& options_;
  const std::string& origin_;
  const SeriesCatalog& catalog_;
  std::vector<Problem>& problems_;
  std::vector<SeriesChannel> channels_;
  std::vector<double> mean_, deviation_;
  std::vector<std::string> notes_;
};

}  // namespace

void SeriesFeatureOptions::describe(schema::Describe<SeriesFeatureOptions>& d) {
  d.about("windows of series as the device's own integer code makes them");
  d.key("normalization", &SeriesFeatureOptions::normalization,
        "fixed: by the training data's mean and deviation; window: by each window's own (a word, or one a channel)");
  d.key("step", &SeriesFeatureOptions::step, "what one step of the sensor's int16 samples is worth; empty: chosen");
  d.key("mean", &SeriesFeatureOptions::mean, "for fixed, in the data's units; empty: of the training data");
  d.key("deviation", &SeriesFeatureOptions::deviation, "for fixed; empty: of the training data");
  d.key("least_deviation", &SeriesFeatureOptions::least_deviation,
        "for window: what is quieter is not blown up; 0: a hundredth of the training data's")
      .range(0, 1e12);
}

double series_value(const SeriesCatalog& catalog, const SeriesWindow& window, std::int64_t row, std::size_t channel) {
  const auto moving = catalog.channels.size() - window.constants.size();
  if (channel >= moving) return window.constants[channel - moving];
  const auto& recording = catalog.recordings[window.recording];
  const auto at = std::clamp<std::int64_t>(window.begin + row, 0, recording.rows - 1);
  return recording.values[static_cast<std::size_t>(at) * moving + channel];
}

std::optional<SeriesCalibration> calibrate(const SeriesFeatureOptions& options, const std::string& origin,
                                           const SeriesCatalog& catalog, std::vector<Problem>& problems) {
  return Calibrating(options, origin, catalog, problems).calibrate();
}

}  // namespace espalier::datasets
