#include "datasets/key_range.h"

#include <fmt/core.h>

#include <cmath>

namespace espalier::datasets {
namespace {

std::string text_of(const Limits& limits) {
  if (std::isfinite(limits.low) && std::isfinite(limits.high))
    return fmt::format(" within {} to {}", limits.low, limits.high);
  return std::isfinite(limits.low) ? fmt::format(", {} or more", limits.low) : std::string();
}

}  // namespace

void check_range(const schema::Value& block, const std::string& key, const std::vector<double>& range,
                 std::vector<Problem>& problems, Limits limits) {
  if (range.size() == 2 && limits.low <= range[0] && range[0] <= range[1] && range[1] <= limits.high) return;
  const auto* value = block.find(key);
  problems.push_back(
      {(value ? *value : block).origin().text(), fmt::format("{} must be [least, most]{}", key, text_of(limits))});
}

}  // namespace espalier::datasets
