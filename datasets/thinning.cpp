#include "datasets/thinning.h"

#include <algorithm>

namespace espalier::datasets {

std::vector<bool> stays(const std::vector<std::pair<std::uint64_t, std::size_t>>& samples, std::size_t classes,
                        const Thinning& thinning) {
  std::vector<std::vector<std::pair<std::uint64_t, std::size_t>>> of_class(classes);
  for (std::size_t i = 0; i < samples.size(); ++i) of_class[samples[i].second].emplace_back(samples[i].first, i);
  std::vector<bool> keep(samples.size());
  for (auto& members : of_class) {
    std::sort(members.begin(), members.end());
    auto most = std::max<std::size_t>(
        1, static_cast<std::size_t>(static_cast<double>(members.size()) * thinning.fraction + 0.5));
    if (thinning.max_per_class > 0) most = std::min(most, static_cast<std::size_t>(thinning.max_per_class));
    for (std::size_t i = 0; i < std::min(most, members.size()); ++i) keep[members[i].second] = true;
  }
  return keep;
}

}  // namespace espalier::datasets
