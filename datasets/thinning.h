// A part of the samples of each class, for quick experiments: the same part whatever the order in which they were
// found.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/random.h"

namespace espalier::datasets {

/// What is kept of each class in each split.
struct Thinning {
  double fraction = 1;             ///< of them, at least one
  std::int64_t max_per_class = 0;  ///< at most; 0: all
};

/// Sample has `id` and `label`, the latter in [0, classes). The order of what stays is kept.
template <class Sample>
void thin_out(std::vector<Sample>& samples, std::size_t classes, const Thinning& thinning) {
  if (thinning.fraction >= 1 && thinning.max_per_class == 0) return;
  std::vector<std::vector<std::pair<std::uint64_t, std::size_t>>> of_class(classes);
  for (std::size_t i = 0; i < samples.size(); ++i)
    of_class[static_cast<std::size_t>(samples[i].label)].emplace_back(stable_hash(samples[i].id), i);
  std::vector<bool> keep(samples.size());
  for (auto& members : of_class) {
    std::sort(members.begin(), members.end());
    auto most = std::max<std::size_t>(
        1, static_cast<std::size_t>(static_cast<double>(members.size()) * thinning.fraction + 0.5));
    if (thinning.max_per_class > 0) most = std::min(most, static_cast<std::size_t>(thinning.max_per_class));
    for (std::size_t i = 0; i < std::min(most, members.size()); ++i) keep[members[i].second] = true;
  }
  std::vector<Sample> kept;
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (keep[i]) kept.push_back(std::move(samples[i]));
  samples = std::move(kept);
}

}  // namespace espalier::datasets
