#include "base/random.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "catch.h"

using namespace espalier;

namespace {
/// Of an odd number, modulo 2^64, by Newton's iteration.
std::uint64_t inverse(std::uint64_t odd) {
  std::uint64_t x = odd;
  for (int i = 0; i < 6; ++i) x *= 2 - odd * x;
  return x;
}
}  // namespace

TEST_CASE("Philox4x32-10 gives Random123's known answer for key 0, counter 0") {
  Random random(stable_hash("zero") * inverse(0x9E3779B97F4A7C15ull), "zero");
  CHECK(random.bits() == 0x6627e8d5u);
  CHECK(random.bits() == 0xe169c58du);
  CHECK(random.bits() == 0xbc57ac4cu);
  CHECK(random.bits() == 0x9b00dbd8u);
}

TEST_CASE("filling gives the numbers that bits gives, from any place in the stream") {
  for (const std::size_t size : {1u, 3u, 31u, 32u, 33u, 100u, 1000u})
    for (int before = 0; before < 6; ++before) {
      Random one(7, "fill", 2, 9), many(7, "fill", 2, 9);
      for (int i = 0; i < before; ++i) CHECK(one.bits() == many.bits());
      std::vector<std::uint32_t> expected(size), filled(size);
      for (auto& word : expected) word = one.bits();
      many.fill(filled);
      CHECK(filled == expected);
      CHECK(one.bits() == many.bits());
    }
}

TEST_CASE("a stream is a function of seed, purpose, epoch and sample") {
  const auto first = [](std::uint64_t seed, const char* purpose, std::uint64_t epoch, std::uint64_t sample) {
    return Random(seed, purpose, epoch, sample).bits();
  };
  CHECK(first(1, "shuffle", 2, 3) == first(1, "shuffle", 2, 3));
  std::set<std::uint32_t> seen;
  for (std::uint64_t i = 0; i < 10; ++i) {
    seen.insert(first(i, "shuffle", 100, 100));
    seen.insert(first(100, "shuffle", i, 100));
    seen.insert(first(100, "shuffle", 100, i));
    seen.insert(first(100, "shuffle", 100, i << 32));
    seen.insert(first(100, ("purpose" + std::to_string(i)).c_str(), 100, 100));
  }
  CHECK(seen.size() == 49);  // sample 0 counts twice
}

TEST_CASE("uniform and normal numbers have their moments, and neighbours do not correlate") {
  Random random(7, "moments");
  constexpr int n = 100000;
  double sum = 0, squares = 0, normal_sum = 0, normal_squares = 0, product = 0, last = 0;
  for (int i = 0; i < n; ++i) {
    const double u = random.uniform(), x = random.normal();
    CHECK((u >= 0 && u < 1));
    sum += u, squares += u * u, normal_sum += x, normal_squares += x * x, product += x * last;
    last = x;
  }
  CHECK(sum / n == Approx(0.5).margin(0.005));
  CHECK(squares / n == Approx(1.0 / 3).margin(0.005));
  CHECK(normal_sum / n == Approx(0).margin(0.015));
  CHECK(normal_squares / n == Approx(1).margin(0.02));
  CHECK(product / n == Approx(0).margin(0.015));
}

TEST_CASE("streams of neighbouring samples are independent") {
  double product = 0;
  for (std::uint64_t i = 0; i < 20000; ++i)
    product += (Random(1, "a", 0, i).uniform() - 0.5) * (Random(1, "a", 0, i + 1).uniform() - 0.5);
  CHECK(product / 20000 == Approx(0).margin(0.003));
}

TEST_CASE("whole numbers below n are even, permutations complete") {
  Random random(3, "below");
  std::vector<int> counts(7);
  for (int i = 0; i < 70000; ++i) ++counts[random.below(7)];
  double chi = 0;
  for (const int count : counts) chi += (count - 10000.0) * (count - 10000.0) / 10000;
  CHECK(chi < 22.5);  // 99.9 % of chi squared with 6 degrees of freedom
  CHECK(random.below(1) == 0);
  auto order = random.permutation(1000);
  CHECK_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (std::int64_t i = 0; i < 1000; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
  CHECK(random.permutation(0).empty());
}

TEST_CASE("the stable hash is FNV-1a") {
  CHECK(stable_hash("") == 0xcbf29ce484222325ull);
  CHECK(stable_hash("a") == 0xaf63dc4c8601ec8cull);
  CHECK(stable_hash("foobar") == 0x85944171f73967e8ull);
}
