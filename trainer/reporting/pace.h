// How fast a stage goes and how long it still takes.
#pragma once
#include <cstdint>

namespace espalier::reporting {

/// Steps a second, smoothed over the last seconds so that a slow first step (caches, allocation) is soon forgotten.
class Pace {
 public:
  /// `step` at which the stage starts or resumes, `seconds` of the clock.
  void start(std::int64_t step, double seconds);
  void reach(std::int64_t step, double seconds);
  /// 0 while unknown.
  double steps_per_second() const { return rate_; }
  /// Of `steps` in all; negative while unknown.
  double seconds_left(std::int64_t steps) const;

 private:
  std::int64_t step_ = 0;
  double seconds_ = 0, rate_ = 0;
};

}  // namespace espalier::reporting
