// What was recorded comes earlier or later than the window expects. Sound is filled up with silence, a series with the
// value at its edge.
#include <algorithm>
#include <cmath>

#include "datasets/disturbance.h"
#include "schema/registry.h"

namespace espalier::datasets::time_shift {

struct Options {
  std::vector<double> shift = {0.1, 0.2};
  static void describe(schema::Describe<Options>& d) {
    d.about("a window that is early or late, either way by chance: sound, series");
    d.key("shift", &Options::shift, "fraction of the sample's length, one level each").range(0, 0.99);
  }
};

class TimeShift final : public Disturbance {
 public:
  explicit TimeShift(Options options) : options_(std::move(options)) {}

  std::vector<Matter> applies_to() const override { return {Matter::sound, Matter::series}; }
  std::vector<std::string> levels() const override {
    std::vector<std::string> texts;
    for (const double shift : options_.shift) texts.push_back(percent_level(shift));
    return texts;
  }
  void disturb(RawSample& sample, std::size_t level, Random& random, const Dataset&) const override {
    const auto& form = sample.form;
    const std::int64_t by = std::llround(options_.shift[level] * static_cast<double>(form.width));
    const auto later = random.below(2) ? by : -by;
    const auto before = sample.values;
    for (std::int64_t step = 0; step < form.width; ++step)
      for (std::int64_t channel = 0; channel < form.channels; ++channel)
        sample.values[static_cast<std::size_t>(step * form.channels + channel)] =
            at(before, form, step - later, channel);
  }

 private:
  static float at(const std::vector<float>& values, const RawForm& form, std::int64_t step, std::int64_t channel) {
    const auto inside = std::clamp<std::int64_t>(step, 0, form.width - 1);
    if (inside != step && form.matter == Matter::sound) return 0;
    return values[static_cast<std::size_t>(inside * form.channels + channel)];
  }

  Options options_;
};

std::unique_ptr<Disturbance> build(const Options& options, const schema::Registry&, std::vector<Problem>&) {
  return std::make_unique<TimeShift>(options);
}

void enlist(schema::Registry& registry) { registry.add<Disturbance, Options>("disturbance", "time_shift", build); }

}  // namespace espalier::datasets::time_shift
