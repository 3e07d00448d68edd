#include "weight_sharing/codebook.h"

#include <algorithm>
#include <limits>

#include "base/random.h"
#include "catch.h"

using namespace espalier;
using namespace espalier::weight_sharing;

static double error_of(const Histogram& weights, const std::vector<std::int32_t>& codes) {
  double error = 0;
  for (std::int32_t code = -largest_code; code <= largest_code; ++code) {
    const double apart = code - nearest(codes, code);
    error += weights[static_cast<std::size_t>(code + largest_code)] * apart * apart;
  }
  return error;
}

/// Every choice of at most `count` codes in [-6, 6] with 0 among them.
static double least_error(const Histogram& weights, int count) {
  double least = std::numeric_limits<double>::infinity();
  for (unsigned chosen = 0; chosen < 1u << 13; ++chosen) {
    if (!(chosen >> 6 & 1) || __builtin_popcount(chosen) > count) continue;
    std::vector<std::int32_t> codes;
    for (int i = 0; i < 13; ++i)
      if (chosen >> i & 1) codes.push_back(i - 6);
    least = std::min(least, error_of(weights, codes));
  }
  return least;
}

TEST_CASE("no choice of codes has a smaller error") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    Random random(seed, "histogram", 0, 0);
    Histogram weights{};
    for (int i = -6; i <= 6; ++i)
      if (random.uniform() < 0.7) weights[static_cast<std::size_t>(i + largest_code)] = random.uniform();
    for (int count = 1; count <= 6; ++count) {
      INFO("seed " << seed << ", " << count << " codes");
      const auto codes = codebook_of(weights, count);
      CHECK(static_cast<int>(codes.size()) <= count);
      CHECK(std::is_sorted(codes.begin(), codes.end()));
      CHECK(std::count(codes.begin(), codes.end(), 0) == 1);
      CHECK(error_of(weights, codes) == Approx(least_error(weights, count)).margin(1e-12));
    }
  }
}

TEST_CASE("what fits is kept as it is, and codes that do not occur are not made up") {
  Histogram weights{};
  for (const int code : {-127, -3, 9, 127}) weights[static_cast<std::size_t>(code + largest_code)] = 2;
  CHECK(codebook_of(weights, 16) == std::vector<std::int32_t>{-127, -3, 0, 9, 127});
  CHECK(codebook_of(Histogram{}, 16) == std::vector<std::int32_t>{0});
  CHECK(codebook_of(weights, 1) == std::vector<std::int32_t>{0});
}

TEST_CASE("the nearest code; the lower of two") {
  const std::vector<std::int32_t> codes = {-10, 0, 4};
  CHECK(nearest(codes, -127) == -10);
  CHECK(nearest(codes, 2) == 0);
  CHECK(nearest(codes, 3) == 4);
  CHECK(nearest(codes, -5) == -10);
  CHECK(nearest(codes, 127) == 4);
}
