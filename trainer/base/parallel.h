// Threads for code that does not see Torch.
#pragma once
#include <cstdint>
#include <functional>

#include "base/hardware_threads.h"

namespace espalier {

/// Calls work(begin, end, worker) over [0, count) split into at most `threads` contiguous runs, worker in [0, threads).
/// Rethrows the first exception after all have stopped. threads <= 1 runs in the caller.
void parallel_for(std::int64_t count, int threads, const std::function<void(std::int64_t, std::int64_t, int)>& work);

}  // namespace espalier
