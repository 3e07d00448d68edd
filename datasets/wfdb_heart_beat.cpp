#include "datasets/wfdb_heart_beat.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace espalier::datasets {

std::vector<HeartBeat> beats_of(const std::vector<WfdbAnnotation>& annotations) {
  constexpr std::size_t remembered = 8;
  std::vector<HeartBeat> all;
  for (const auto& annotation : annotations)
    if (const char aami = aami_class(annotation.symbol); aami != '\0') all.push_back({annotation.sample, aami, 1, 1});
  std::vector<HeartBeat> inner;
  for (std::size_t i = 1; i + 1 < all.size(); ++i) {
    const auto first = i > remembered ? i - remembered : 0;
    const double mean = static_cast<double>(all[i].sample - all[first].sample) / static_cast<double>(i - first);
    if (!(mean > 0)) continue;
    all[i].rr_previous = static_cast<float>(static_cast<double>(all[i].sample - all[i - 1].sample) / mean);
    all[i].rr_next = static_cast<float>(static_cast<double>(all[i + 1].sample - all[i].sample) / mean);
    inner.push_back(all[i]);
  }
  return inner;
}

std::vector<float> signal_of(const WfdbRecord& record, const std::string& lead, const std::string& origin) {
  const auto& signals = record.header.signals;
  std::size_t chosen = 0;
  if (!lead.empty()) {
    const auto found = std::find_if(signals.begin(), signals.end(),
                                    [&](const WfdbSignal& signal) { return lower(signal.description) == lower(lead); });
    std::vector<std::string> names;
    for (const auto& signal : signals) names.push_back(signal.description);
    if (found == signals.end()) mistake(origin, fmt::format("has no signal '{}'; it has {}", lead, join(names, ", ")));
    chosen = static_cast<std::size_t>(found - signals.begin());
  }
  const auto& signal = signals[chosen];
  std::vector<float> values(static_cast<std::size_t>(record.samples));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>((record.values[i * signals.size() + chosen] - static_cast<double>(signal.baseline)) /
                                   signal.gain);
  return values;
}

}  // namespace espalier::datasets
