// How values are distributed, in few numbers that a page can draw.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "base/json.h"

namespace espalier::reporting {

/// Equal bins over [low, high]; a value on an inner edge counts above it, `high` itself in the last bin.
struct Histogram {
  double low = 0, high = 0;
  std::vector<std::int64_t> counts;
};

/// Over the values' own range. Values that are not finite are left out; one bin where all are equal, none without
/// values.
Histogram histogram_of(std::span<const float> values, int bins);

/// {"low", "high", "counts"}.
Json to_json(const Histogram& histogram);

}  // namespace espalier::reporting
