// The constants of the series front end (series_frontend.h), made on the host.
#pragma once
#include <cstdint>
#include <vector>

#include "device_runtime/series_frontend.h"

namespace espalier::device_runtime {

/// (x - mean) / deviation with constants, both in steps of a sample: mean in [-32768, 32767], deviation in
/// [2^-14, 2^15]. Throws std::invalid_argument elsewhere.
espalier_series_channel fixed_channel(double mean, double deviation);
/// By the window's own mean and deviation, the latter at least `least_deviation` steps, rounded, in [1, 32767].
espalier_series_channel window_channel(double least_deviation);

/// [window][channels] samples -> features of the same layout in Q16; `first` is the row of the oldest. The
/// specification must be sound.
std::vector<std::int32_t> series_features(const espalier_series_spec& spec, const std::int16_t* samples,
                                          std::int32_t first = 0);

}  // namespace espalier::device_runtime
