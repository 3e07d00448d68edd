#include "device_runtime/series_frontend_tables.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace espalier::device_runtime {

espalier_series_channel fixed_channel(double mean, double deviation) {
  espalier_series_channel channel{};
  const bool well = std::isfinite(mean) && mean >= -32768 && mean <= 32767 && deviation >= std::ldexp(1.0, -14) &&
                    deviation <= std::ldexp(1.0, 15);
  if (!well) throw std::invalid_argument(espalier_series_status_text(ESPALIER_SERIES_BAD_SCALE));
  channel.normalization = ESPALIER_SERIES_FIXED;
  channel.mean_q8 = static_cast<std::int32_t>(std::lround(256 * mean));
  int exponent = 0;
  const double mantissa = std::frexp(256 / deviation, &exponent);  // in [1/2, 1): of one 256th of a step in Q16
  channel.multiplier = static_cast<std::int32_t>(std::min(std::ldexp(mantissa, 31), 2147483647.0));
  channel.shift = 31 - exponent;
  channel.least_deviation = 1;
  return channel;
}

espalier_series_channel window_channel(double least_deviation) {
  espalier_series_channel channel{};
  channel.normalization = ESPALIER_SERIES_WINDOW;
  channel.least_deviation = static_cast<std::int32_t>(std::lround(std::clamp(least_deviation, 1.0, 32767.0)));
  return channel;
}

std::vector<std::int32_t> series_features(const espalier_series_spec& spec, const std::int16_t* samples,
                                          std::int32_t first) {
  std::vector<espalier_series_scale> scales(static_cast<std::size_t>(spec.channels));
  std::vector<std::int32_t> features(static_cast<std::size_t>(spec.window) * scales.size());
  espalier_series_scales(&spec, samples, scales.data());
  for (std::int32_t i = 0; i < spec.window; ++i)
    espalier_series_row(&spec, scales.data(),
                        samples + static_cast<std::ptrdiff_t>((first + i) % spec.window) * spec.channels,
                        features.data() + static_cast<std::ptrdiff_t>(i) * spec.channels);
  return features;
}

}  // namespace espalier::device_runtime
