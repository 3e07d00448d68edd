#include "weight_sharing/codebook.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace espalier::weight_sharing {
namespace {

constexpr int zero = largest_code, end = 2 * largest_code + 1;
constexpr double nothing_fits = std::numeric_limits<double>::infinity();

/// Errors of intervals [first, last] of codes, in constant time.
class Intervals {
 public:
  explicit Intervals(const Histogram& weights) {
    for (int i = 0; i < end; ++i) {
      const double w = weights[static_cast<std::size_t>(i)], x = i - zero;
      count_[at(i + 1)] = count_[at(i)] + w;
      sum_[at(i + 1)] = sum_[at(i)] + w * x;
      squares_[at(i + 1)] = squares_[at(i)] + w * x * x;
    }
  }
  bool empty(int first, int last) const { return !(count_[at(last + 1)] > count_[at(first)]); }
  /// Among whole numbers the one nearest to the mean has the least error.
  int centre(int first, int last) const {
    const double mean = (sum_[at(last + 1)] - sum_[at(first)]) / (count_[at(last + 1)] - count_[at(first)]);
    return static_cast<int>(std::lround(mean));
  }
  double error(int first, int last, double centre) const {
    const double w = count_[at(last + 1)] - count_[at(first)], x = sum_[at(last + 1)] - sum_[at(first)];
    return std::max(0.0, squares_[at(last + 1)] - squares_[at(first)] - 2 * centre * x + centre * centre * w);
  }
  double error(int first, int last) const { return empty(first, last) ? 0 : error(first, last, centre(first, last)); }

 private:
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  std::array<double, end + 1> count_{}, sum_{}, squares_{};
};

/// The best intervals of one side of 0, counted outwards: step s is the code s + 1 away from it.
class Side {
 public:
  Side(const Intervals& intervals, int direction, int count) : intervals_(intervals), direction_(direction) {
    // least_[k][s]: the steps from s outwards in at most k intervals.
    least_.assign(static_cast<std::size_t>(count) + 1, std::vector<double>(largest_code + 1, nothing_fits));
    cut_.assign(least_.size(), std::vector<int>(largest_code + 1, largest_code));
    for (auto& row : least_) row[largest_code] = 0;
    for (std::size_t k = 0; k < least_.size(); ++k)
      for (int s = largest_code - 1; s >= 0; --s) find(k, s);
  }

  /// Of all steps from `s` outwards.
  double least(std::size_t k, int s) const { return least_[k][static_cast<std::size_t>(s)]; }

  void take(std::size_t k, int s, std::vector<std::int32_t>& codes) const {
    while (s < largest_code && k > 0) {
      const int next = cut_[k][static_cast<std::size_t>(s)];
      const auto [first, last] = ends(s, next);
      if (!intervals_.empty(first, last)) codes.push_back(intervals_.centre(first, last));
      s = next;
      --k;
    }
  }

 private:
  /// Of the interval of steps [s, next).
  std::pair<int, int> ends(int s, int next) const {
    const int inner = zero + direction_ * (s + 1), outer = zero + direction_ * next;
    return {std::min(inner, outer), std::max(inner, outer)};
  }
  void find(std::size_t k, int s) {
    auto& least = least_[k][static_cast<std::size_t>(s)];
    if (k == 0) {
      const auto [first, last] = ends(s, largest_code);
      if (intervals_.empty(first, last)) least = 0;
      return;
    }
    for (int next = s + 1; next <= largest_code; ++next) {
      const auto [first, last] = ends(s, next);
      const double error = intervals_.error(first, last) + least_[k - 1][static_cast<std::size_t>(next)];
      if (error >= least) continue;
      least = error;
      cut_[k][static_cast<std::size_t>(s)] = next;
    }
  }

  const Intervals& intervals_;
  int direction_;
  std::vector<std::vector<double>> least_;
  std::vector<std::vector<int>> cut_;
};

}  // namespace

std::vector<std::int32_t> codebook_of(const Histogram& weights, int count) {
  const Intervals intervals(weights);
  const int others = count - 1;
  const Side below(intervals, -1, others), above(intervals, 1, others);
  double least = nothing_fits;
  int best_k = 0, best_low = largest_code, best_high = largest_code;
  for (int k = 0; k <= others; ++k)
    for (int low = 0; low <= largest_code; ++low)
      for (int high = 0; high <= largest_code; ++high) {
        const double error = intervals.error(zero - low, zero + high, 0) +
                             below.least(static_cast<std::size_t>(k), low) +
                             above.least(static_cast<std::size_t>(others - k), high);
        if (error >= least) continue;
        least = error;
        best_k = k, best_low = low, best_high = high;
      }
  std::vector<std::int32_t> codes = {0};
  below.take(static_cast<std::size_t>(best_k), best_low, codes);
  above.take(static_cast<std::size_t>(others - best_k), best_high, codes);
  std::sort(codes.begin(), codes.end());
  return codes;
}

std::int32_t nearest(const std::vector<std::int32_t>& codes, std::int32_t code) {
  const auto above = std::lower_bound(codes.begin(), codes.end(), code);
  if (above == codes.end()) return codes.back();
  if (above == codes.begin()) return codes.front();
  return *above - code < code - *(above - 1) ? *above : *(above - 1);
}

}  // namespace espalier::weight_sharing
