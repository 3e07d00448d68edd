#include "reporting/pace.h"

#include <algorithm>
#include <cmath>

namespace espalier::reporting {

void Pace::start(std::int64_t step, double seconds) { *this = {}, step_ = step, seconds_ = seconds; }

void Pace::reach(std::int64_t step, double seconds) {
  constexpr double memory = 10;  // seconds: what is older weighs less than 1/e
  const double passed = seconds - seconds_;
  if (passed < 0.05 || step <= step_) return;
  const double now = static_cast<double>(step - step_) / passed;
  const double keep = rate_ > 0 ? std::exp(-passed / memory) : 0;
  rate_ = keep * rate_ + (1 - keep) * now;
  step_ = step;
  seconds_ = seconds;
}

double Pace::seconds_left(std::int64_t steps) const {
  if (rate_ <= 0 || steps <= 0) return -1;
  return static_cast<double>(std::max<std::int64_t>(0, steps - step_)) / rate_;
}

}  // namespace espalier::reporting
