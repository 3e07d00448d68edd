#include "datasets/slot_cache.h"

#include "base/parallel.h"
#include "catch.h"

using espalier::parallel_for;
using espalier::datasets::SlotCache;

TEST_CASE("SlotCache: makes a slot once, keeps it, and keeps nothing beyond its limit") {
  SlotCache<float> cache(4, 2 * 10 * sizeof(float));
  int made = 0;
  const auto get = [&](std::size_t slot) {
    std::vector<float> spare;
    return cache.get(slot, spare, [&] { return ++made, std::vector<float>(10, static_cast<float>(slot)); });
  };
  for (int round = 0; round < 3; ++round)
    for (std::size_t slot = 0; slot < 4; ++slot) CHECK(get(slot) == std::vector<float>(10, static_cast<float>(slot)));
  CHECK(made == 2 + 3 * 2);
  CHECK(cache.holds(1));
  CHECK_FALSE(cache.holds(2));
  CHECK(cache.bytes() == 80);
}

TEST_CASE("SlotCache: threads that make the same slot at once see one result") {
  SlotCache<int> cache(50, 1 << 20);
  std::vector<const std::vector<int>*> seen(400);
  parallel_for(400, 8, [&](std::int64_t begin, std::int64_t end, int) {
    for (auto i = begin; i < end; ++i) {
      std::vector<int> spare;
      seen[static_cast<std::size_t>(i)] = &cache.get(static_cast<std::size_t>(i % 50), spare,
                                                     [&] { return std::vector<int>(100, static_cast<int>(i % 50)); });
    }
  });
  for (std::size_t i = 0; i < 400; ++i) {
    CHECK(seen[i] == seen[i % 50]);
    CHECK(seen[i]->at(99) == static_cast<int>(i % 50));
  }
  CHECK(cache.bytes() == 50 * 400);
}
