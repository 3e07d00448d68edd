#include "base/parallel.h"

#include <algorithm>
#include <exception>
#include <thread>
#include <vector>

namespace espalier {

int hardware_threads() { return std::max(1u, std::thread::hardware_concurrency()); }

void parallel_for(std::int64_t count, int threads, const std::function<void(std::int64_t, std::int64_t, int)>& work) {
  if (count <= 0) return;
  const auto runs = static_cast<int>(std::clamp<std::int64_t>(threads, 1, count));
  if (runs == 1) return work(0, count, 0);
  std::vector<std::exception_ptr> failures(static_cast<std::size_t>(runs));
  std::vector<std::thread> workers;
  for (int i = 0; i < runs; ++i)
    workers.emplace_back([&, i] {
      try {
        work(count * i / runs, count * (i + 1) / runs, i);
      } catch (...) {
        failures[static_cast<std::size_t>(i)] = std::current_exception();
      }
    });
  for (auto& worker : workers) worker.join();
  for (const auto& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

}  // namespace espalier
