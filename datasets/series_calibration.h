// How the samples of series are read and normalised: chosen from the training windows.
#pragma once
#include <optional>

#include "datasets/series_dataset.h"
#include "datasets/series_front_end.h"

namespace espalier::datasets {

struct SeriesCalibration {
  SeriesFrontEnd front_end;
  std::vector<double> mean, deviation;  ///< of the training windows by channel, in the data's units
  std::vector<std::string> notes;
};

/// Row `row` (counted from the window's first; any) of a channel, in the data's unit.
double series_value(const SeriesCatalog& catalog, const SeriesWindow& window, std::int64_t row, std::size_t channel);

/// Where `options` leave it open: a step of 1 for a channel of whole numbers within int16, else the smallest power of
/// two that leaves twice the training data's range; mean and deviation of the training windows; a least deviation of a
/// hundredth of that. Empty, with Problems added at `origin`, where the options do not suit the channels.
std::optional<SeriesCalibration> calibrate(const SeriesFeatureOptions& options, const std::string& origin,
                                           const SeriesCatalog& catalog, std::vector<Problem>& problems);

}  // namespace espalier::datasets
