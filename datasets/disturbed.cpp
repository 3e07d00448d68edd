#include "datasets/disturbed.h"

#include <algorithm>
#include <map>

#include "base/random.h"

namespace espalier::datasets {

std::vector<std::int64_t> sample_of(const Dataset& data, Split split, std::int64_t most, std::uint64_t seed) {
  std::vector<std::vector<std::int64_t>> units;
  std::map<std::int64_t, std::size_t> place;  // of a group
  for (std::int64_t i = 0; i < data.size(split); ++i) {
    const auto group = data.target(split, i).group;
    const auto at = group < 0 ? units.size() : place.emplace(group, units.size()).first->second;
    if (at == units.size()) units.emplace_back();
    units[at].push_back(i);
  }
  auto order = Random(seed, "robustness samples").permutation(static_cast<std::int64_t>(units.size()));
  if (most > 0 && most < static_cast<std::int64_t>(order.size())) order.resize(static_cast<std::size_t>(most));
  std::vector<std::int64_t> chosen;
  for (const auto unit : order) {
    const auto& samples = units[static_cast<std::size_t>(unit)];
    chosen.insert(chosen.end(), samples.begin(), samples.end());
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

Random Disturbed::random_of(Split split, std::int64_t from) const {
  return Random(seed_, "robustness", 0, stable_hash(data_.id(split, from)));
}

Target Disturbed::target(Split split, std::int64_t index) const {
  const auto from = of(index);
  if (!harm_.disturbance) return data_.target(split, from);
  auto random = random_of(split, from);
  return data_.moved_target(split, from, harm_.disturbance->displacement(harm_.level, random));
}

void Disturbed::features(Split split, std::int64_t index, View, std::span<float> out) const {
  const auto from = of(index);
  if (!harm_.disturbance) return data_.features(split, from, {}, out);
  auto sample = data_.raw(split, from);
  auto random = random_of(split, from);
  harm_.disturbance->disturb(sample, harm_.level, random, data_);
  data_.features_of_raw(sample, out);
}

}  // namespace espalier::datasets
