#include "reporting/histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace espalier::reporting {

Histogram histogram_of(std::span<const float> values, int bins) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  std::int64_t finite = 0;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    low = std::min<double>(low, value), high = std::max<double>(high, value);
    ++finite;
  }
  if (finite == 0) return {};
  if (low == high) return {low, high, {finite}};
  Histogram made{low, high, std::vector<std::int64_t>(static_cast<std::size_t>(bins))};
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    const auto bin = static_cast<std::size_t>((value - low) / (high - low) * bins);
    ++made.counts[std::min(bin, made.counts.size() - 1)];
  }
  return made;
}

Json to_json(const Histogram& histogram) {
  return Json::map()
      .set("low", histogram.low)
      .set("high", histogram.high)
      .set("counts", Json::list_of(histogram.counts));
}

}  // namespace espalier::reporting
