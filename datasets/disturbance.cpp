#include "datasets/disturbance.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/text.h"

namespace espalier::datasets {

std::string refusal_of(const Disturbance& disturbance, const Dataset& data) {
  const auto form = data.raw_form();
  if (!form) return "needs samples as they were before the front end, and this data set does not give them";
  if (disturbance.levels().empty()) return "names no level";
  const auto matters = disturbance.applies_to();
  if (std::find(matters.begin(), matters.end(), form->matter) != matters.end()) return disturbance.refusal(data);
  std::vector<std::string> names;
  for (const auto matter : matters) names.push_back(name_of(matter));
  return fmt::format("happens to {}; the data are {}", join(names, " and "), name_of(form->matter));
}

std::string percent_level(double fraction) { return fmt::format("{:.4g} %", 100 * fraction); }

}  // namespace espalier::datasets
