// Keys that are a range, [least, most].
#pragma once
#include <limits>
#include <string>
#include <vector>

#include "base/error.h"
#include "schema/value.h"

namespace espalier::datasets {

/// Both included.
struct Limits {
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
};

/// Adds a Problem at the line of `key`, or of the block where it lacks the key, unless `range` is two numbers within
/// the limits, the lower one first.
void check_range(const schema::Value& block, const std::string& key, const std::vector<double>& range,
                 std::vector<Problem>& problems, Limits limits = {});

}  // namespace espalier::datasets
