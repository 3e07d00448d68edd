#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <vector>

#include "catch.h"

using namespace espalier;

TEST_CASE("every index is worked on once, whatever the number of threads") {
  for (const int threads : {0, 1, 2, 3, 8})
    for (const std::int64_t count : {0, 1, 5, 1000}) {
      std::vector<std::atomic<int>> hits(static_cast<std::size_t>(count));
      std::atomic<bool> sane = true;
      parallel_for(count, threads, [&](std::int64_t begin, std::int64_t end, int worker) {
        if (worker < 0 || worker >= std::max(threads, 1)) sane = false;
        for (auto i = begin; i < end; ++i) ++hits[static_cast<std::size_t>(i)];
      });
      CHECK(sane);
      int once = 0;
      for (const auto& hit : hits) once += hit == 1;
      CHECK(once == count);
    }
}

TEST_CASE("the first exception comes through after all have stopped") {
  std::atomic<int> finished = 0;
  const auto work = [&](std::int64_t, std::int64_t, int worker) {
    if (worker == 1) throw std::runtime_error("worker 1");
    ++finished;
  };
  CHECK_THROWS_AS(parallel_for(100, 4, work), std::runtime_error);
  CHECK(finished == 3);
  CHECK(hardware_threads() >= 1);
}
