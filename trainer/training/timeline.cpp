#include "training/timeline.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace espalier::training {

void place_windows(std::vector<Scheduled>& timeline, std::int64_t steps_per_epoch, std::int64_t epochs) {
  const auto steps = [&](double epoch) {
    return static_cast<std::int64_t>(std::llround(epoch * static_cast<double>(steps_per_epoch)));
  };
  for (auto& entry : timeline) {
    if (entry.end < 0) entry.end = static_cast<double>(epochs);
    entry.first = steps(entry.start);
    entry.last = std::max(steps(entry.end) - 1, entry.first);
  }
}

void check_windows(const std::vector<Scheduled>& timeline, std::int64_t epochs, const std::vector<std::string>& origins,
                   std::vector<Problem>& problems) {
  const auto whole = static_cast<double>(epochs);
  for (std::size_t i = 0; i < timeline.size(); ++i) {
    const auto& a = timeline[i];
    const double end = a.end < 0 ? whole : a.end;
    if (a.start >= whole || end > whole)
      problems.push_back({origins[i], concat("the window [", a.start, ", ", end, "] of '", a.name,
                                             "' lies outside the training, which has ", epochs, " epochs")});
    if (a.modifier->writes() == compression::Writes::nothing) continue;
    for (std::size_t j = 0; j < i; ++j) {
      const auto& b = timeline[j];
      const double other_end = b.end < 0 ? whole : b.end;
      if (b.modifier->writes() == a.modifier->writes() && a.start < other_end && b.start < end)
        problems.push_back(
            {origins[i], concat("'", a.name, "' and '", b.name,
                                "' write the same thing in overlapping windows; let one end before the other starts")});
    }
  }
}

}  // namespace espalier::training
