#include "datasets/balanced_order.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"

namespace espalier::datasets {
namespace {

/// Whole numbers in proportion to `shares` that add up to `total`, by the largest remainder; of equals the first.
std::vector<std::int64_t> apportioned(const std::vector<double>& shares, std::int64_t total) {
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  std::vector<std::int64_t> counts;
  std::vector<double> rests;
  for (const double share : shares) {
    const double due = sum > 0 ? share / sum * static_cast<double>(total) : 0;
    counts.push_back(static_cast<std::int64_t>(due));
    rests.push_back(due - std::floor(due));
  }
  for (auto left = total - std::accumulate(counts.begin(), counts.end(), std::int64_t{0}); left > 0; --left) {
    const auto largest = static_cast<std::size_t>(std::max_element(rests.begin(), rests.end()) - rests.begin());
    ++counts[largest];
    rests[largest] = -1;
  }
  return counts;
}

}  // namespace

std::vector<std::int64_t> balanced_order(const Dataset& data, Split split, double balance, std::uint64_t seed,
                                         std::uint64_t epoch) {
  std::vector<std::vector<std::int64_t>> of_class(data.classes().size());
  for (std::int64_t i = 0; i < data.size(split); ++i)
    of_class[static_cast<std::size_t>(data.label(split, i))].push_back(i);
  std::vector<double> shares;
  for (const auto& samples : of_class)
    shares.push_back(samples.empty() ? 0 : std::pow(static_cast<double>(samples.size()), 1 - balance));
  const auto counts = apportioned(shares, data.size(split));
  std::vector<std::int64_t> chosen;
  for (std::size_t c = 0; c < of_class.size(); ++c) {
    const auto size = static_cast<std::int64_t>(of_class[c].size());
    Random random(seed, "balance", epoch, c);
    std::vector<std::int64_t> order;
    for (std::int64_t i = 0; i < counts[c]; ++i) {
      if (i % size == 0) order = random.permutation(size);
      chosen.push_back(of_class[c][static_cast<std::size_t>(order[static_cast<std::size_t>(i % size)])]);
    }
  }
  std::vector<std::int64_t> order;
  for (const auto at : Random(seed, "shuffle", epoch).permutation(static_cast<std::int64_t>(chosen.size())))
    order.push_back(chosen[static_cast<std::size_t>(at)]);
  return order;
}

}  // namespace espalier::datasets
