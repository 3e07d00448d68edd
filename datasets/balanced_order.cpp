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

using Holdings = std::vector<std::vector<std::int64_t>>;  // of each sample, its classes

/// How often each sample is due, in proportion.
std::vector<double> repeat_factors(const Holdings& holdings, std::size_t classes, double balance) {
  std::vector<double> samples_of(classes);
  for (const auto& held : holdings)
    for (const auto c : held) ++samples_of[static_cast<std::size_t>(c)];
  const double most = std::max(1.0, *std::max_element(samples_of.begin(), samples_of.end()));
  std::vector<double> factors;
  for (const auto& held : holdings) {
    double rarest = most;
    for (const auto c : held) rarest = std::min(rarest, samples_of[static_cast<std::size_t>(c)]);
    factors.push_back(std::pow(rarest, -balance));
  }
  return factors;
}

/// As many samples as there are. They lie in random order along a line, each as long as it is due, in units of what one
/// draw is worth; whoever holds a whole number behind a random start is drawn. So none comes a whole time more or less
/// often than it is due, and in the mean over epochs exactly as often.
std::vector<std::int64_t> drawn_by(const std::vector<double>& factors, std::uint64_t seed, std::uint64_t epoch) {
  const auto size = static_cast<std::int64_t>(factors.size());
  const double sum = std::accumulate(factors.begin(), factors.end(), 0.0);
  Random random(seed, "balance", epoch);
  const auto line = random.permutation(size);
  const double start = random.uniform();
  std::vector<std::int64_t> chosen;
  double end = 0;
  for (const auto at : line) {
    end += factors[static_cast<std::size_t>(at)] / sum * static_cast<double>(size);
    const bool is_last = at == line.back();
    const auto until = is_last ? size : std::min(size, static_cast<std::int64_t>(std::floor(end + start)));
    while (static_cast<std::int64_t>(chosen.size()) < until) chosen.push_back(at);
  }
  return chosen;
}

std::vector<std::int64_t> shuffled(const std::vector<std::int64_t>& chosen, std::uint64_t seed, std::uint64_t epoch) {
  std::vector<std::int64_t> order;
  for (const auto at : Random(seed, "shuffle", epoch).permutation(static_cast<std::int64_t>(chosen.size())))
    order.push_back(chosen[static_cast<std::size_t>(at)]);
  return order;
}

}  // namespace

std::vector<std::int64_t> balanced_order(const Dataset& data, Split split, double balance, std::uint64_t seed,
                                         std::uint64_t epoch) {
  Holdings holdings;
  for (std::int64_t i = 0; i < data.size(split); ++i) holdings.push_back(data.classes_of(split, i));
  if (std::any_of(holdings.begin(), holdings.end(), [](const auto& held) { return held.size() != 1; }))
    return shuffled(drawn_by(repeat_factors(holdings, data.classes().size(), balance), seed, epoch), seed, epoch);
  std::vector<std::vector<std::int64_t>> of_class(data.classes().size());
  for (std::size_t i = 0; i < holdings.size(); ++i)
    of_class[static_cast<std::size_t>(holdings[i][0])].push_back(static_cast<std::int64_t>(i));
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
  return shuffled(chosen, seed, epoch);
}

}  // namespace espalier::datasets
