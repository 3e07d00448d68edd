// A part of the samples of each class, for quick experiments: the same part whatever the order in which they were
// found.
#pragma once
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

/// Whether each of `samples`, a hash of its id and its label in [0, classes), stays: those of the least hashes do.
std::vector<bool> stays(const std::vector<std::pair<std::uint64_t, std::size_t>>& samples, std::size_t classes,
                        const Thinning& thinning);

/// Sample has `id` and `label`, the latter in [0, classes). The order of what stays is kept.
template <class Sample>
void thin_out(std::vector<Sample>& samples, std::size_t classes, const Thinning& thinning) {
  if (thinning.fraction >= 1 && thinning.max_per_class == 0) return;
  std::vector<std::pair<std::uint64_t, std::size_t>> hashed;
  for (const auto& sample : samples)
    hashed.emplace_back(stable_hash(sample.id), static_cast<std::size_t>(sample.label));
  const auto keep = stays(hashed, classes, thinning);
  std::vector<Sample> kept;
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (keep[i]) kept.push_back(std::move(samples[i]));
  samples = std::move(kept);
}

}  // namespace espalier::datasets
