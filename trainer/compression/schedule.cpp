#include "compression/schedule.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace espalier::compression {

const std::vector<std::string>& ramp_names() {
  static const std::vector<std::string> names = {"constant", "linear", "cubic", "cosine"};
  return names;
}

Ramp ramp_of(const std::string& name) {
  const auto& names = ramp_names();
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) fail("unknown schedule '" + name + "'");
  return static_cast<Ramp>(at - names.begin());
}

double value_at(Ramp ramp, double start, double end, double t) {
  t = std::clamp(t, 0.0, 1.0);
  switch (ramp) {
    case Ramp::constant:
      return end;
    case Ramp::linear:
      return start + (end - start) * t;
    case Ramp::cubic:
      return end + (start - end) * std::pow(1 - t, 3);
    case Ramp::cosine:
      return end + (start - end) * 0.5 * (1 + std::cos(3.14159265358979323846 * t));
  }
  return end;
}

}  // namespace espalier::compression
