#include "datasets/disturbed.h"

#include <algorithm>

#include "base/random.h"

namespace espalier::datasets {

std::vector<std::int64_t> sample_of(const Dataset& data, Split split, std::int64_t most, std::uint64_t seed) {
  auto chosen = Random(seed, "robustness samples").permutation(data.size(split));
  if (most > 0 && most < static_cast<std::int64_t>(chosen.size())) chosen.resize(static_cast<std::size_t>(most));
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

void Disturbed::features(Split split, std::int64_t index, View, std::span<float> out) const {
  const auto from = of(index);
  if (!harm_.disturbance) return data_.features(split, from, {}, out);
  auto sample = data_.raw(split, from);
  Random random(seed_, "robustness", 0, stable_hash(data_.id(split, from)));
  harm_.disturbance->disturb(sample, harm_.level, random, data_);
  data_.features_of_raw(sample, out);
}

}  // namespace espalier::datasets
