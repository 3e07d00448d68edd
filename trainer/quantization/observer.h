// How the range of an activation is estimated from what batches show.
#pragma once
#include <limits>
#include <vector>

#include "compression/model.h"

namespace espalier::quantization {

using compression::Range;

/// Nothing seen yet.
inline Range nothing_seen() {
  return {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
}
inline bool is_nothing(const Range& range) { return range.low > range.high; }
/// The smallest range that holds both.
inline Range unite(const Range& a, const Range& b) {
  return {a.low < b.low ? a.low : b.low, a.high > b.high ? a.high : b.high};
}

/// Kind "observer". Holds options only: what it has seen is the range that it is given.
class Observer {
 public:
  virtual ~Observer() = default;
  /// The estimate after a batch; `held`: the one before (nothing_seen() at first).
  virtual Range update(const Range& held, const Range& batch) const = 0;
  /// The estimate from calibration batches, at least one; by default one after the other.
  virtual Range calibrated(const std::vector<Range>& batches) const {
    Range held = nothing_seen();
    for (const auto& batch : batches) held = update(held, batch);
    return held;
  }
};

}  // namespace espalier::quantization
