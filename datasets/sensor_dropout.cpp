// Sensors of a series that fell silent: a broken wire, a slipped electrode, a chip that no longer answers. Of one
// sample a larger level loses what a smaller one loses, and more.
#include <fmt/core.h>

#include <algorithm>

#include "base/text.h"
#include "datasets/disturbance.h"
#include "schema/registry.h"

namespace espalier::datasets::sensor_dropout {

struct Options {
  std::vector<std::int64_t> sensors = {1};
  std::string reads = "zero";
  static void describe(schema::Describe<Options>& d) {
    d.about("sensors of a series that fell silent for the whole sample");
    d.key("sensors", &Options::sensors, "how many, one level each; which ones is chance").range(1, 10000);
    d.key("reads", &Options::reads, "of a silent sensor: zero, or stuck at the sample's first value")
        .one_of({"zero", "stuck"});
  }
};

class SensorDropout final : public Disturbance {
 public:
  explicit SensorDropout(Options options) : options_(std::move(options)) {}

  std::vector<Matter> applies_to() const override { return {Matter::series}; }
  std::vector<std::string> levels() const override {
    std::vector<std::string> texts;
    for (const auto count : options_.sensors) texts.push_back(fmt::format("{} sensor{}", count, count == 1 ? "" : "s"));
    return texts;
  }
  std::string refusal(const Dataset& data) const override {
    const auto channels = data.raw_form()->channels;
    const auto most = *std::max_element(options_.sensors.begin(), options_.sensors.end());
    if (most < channels) return {};
    return fmt::format("silences {} of {} sensor{}, which leaves none", most, channels, channels == 1 ? "" : "s");
  }
  void disturb(RawSample& sample, std::size_t level, Random& random, const Dataset&) const override {
    const auto channels = sample.form.channels;
    const auto order = random.permutation(channels);
    for (std::int64_t i = 0; i < std::min(options_.sensors[level], channels); ++i)
      for (auto at = order[static_cast<std::size_t>(i)], first = at; at < sample.form.elements(); at += channels)
        sample.values[static_cast<std::size_t>(at)] =
            options_.reads == "stuck" ? sample.values[static_cast<std::size_t>(first)] : 0.0f;
  }

 private:
  Options options_;
};

std::unique_ptr<Disturbance> build(const Options& options, const schema::Registry&, std::vector<Problem>&) {
  return std::make_unique<SensorDropout>(options);
}

void enlist(schema::Registry& registry) { registry.add<Disturbance, Options>("disturbance", "sensor_dropout", build); }

}  // namespace espalier::datasets::sensor_dropout
