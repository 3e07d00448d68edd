// The modifiers of a training with their windows in steps.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "compression/modifier.h"

namespace espalier::training {

struct Scheduled {
  std::string name;
  std::shared_ptr<compression::Modifier> modifier;
  double start = 0, end = -1;        ///< epochs; end < 0: the training's end
  int teacher = -1;                  ///< index into the job's teachers
  std::int64_t first = 0, last = 0;  ///< steps of the window: first <= step <= last

  bool active(std::int64_t step) const { return step >= first && step <= last; }
  /// 0 at the first step, exactly 1 at the last.
  double position(std::int64_t step) const {
    return last == first ? 1.0 : static_cast<double>(step - first) / static_cast<double>(last - first);
  }
};

/// Fills first and last: a window [a, b] covers the steps from round(a * steps) up to, not including, round(b * steps).
void place_windows(std::vector<Scheduled>& timeline, std::int64_t steps_per_epoch, std::int64_t epochs);

/// Problems that can be seen without running: a window outside the training or of no step; two modifiers that write the
/// same thing at the same time. `origins[i]` is where the i-th was written.
void check_windows(const std::vector<Scheduled>& timeline, std::int64_t epochs, const std::vector<std::string>& origins,
                   std::vector<Problem>& problems);

}  // namespace espalier::training
