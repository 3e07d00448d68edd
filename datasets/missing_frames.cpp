// Stretches of time that never arrived: lost radio packets, a buffer that ran over. Of one sample a larger level loses
// what a smaller one loses, and more.
#include <algorithm>
#include <cmath>

#include "datasets/disturbance.h"
#include "schema/registry.h"

namespace espalier::datasets::missing_frames {

struct Options {
  std::vector<double> missing = {0.1, 0.3};
  double gap = 0.02;
  std::string reads = "usual";
  static void describe(schema::Describe<Options>& d) {
    d.about("stretches of time that never arrived: sound, series");
    d.key("missing", &Options::missing, "fraction of the sample's time that is lost, one level each").range(0, 1);
    d.key("gap", &Options::gap, "length of one stretch, as a fraction of the sample's").range(1e-6, 1);
    d.key("reads", &Options::reads,
          "in its place: zero, the last value held, or what drivers do: zero in sound, else hold")
        .one_of({"usual", "zero", "hold"});
  }
};

class MissingFrames final : public Disturbance {
 public:
  explicit MissingFrames(Options options) : options_(std::move(options)) {}

  std::vector<Matter> applies_to() const override { return {Matter::sound, Matter::series}; }
  std::vector<std::string> levels() const override {
    std::vector<std::string> texts;
    for (const double missing : options_.missing) texts.push_back(percent_level(missing));
    return texts;
  }
  void disturb(RawSample& sample, std::size_t level, Random& random, const Dataset&) const override {
    const auto& form = sample.form;
    const auto length = std::max<std::int64_t>(1, std::llround(options_.gap * static_cast<double>(form.width)));
    const auto places = std::max<std::int64_t>(1, form.width / length);
    const std::int64_t gaps = std::llround(options_.missing[level] * static_cast<double>(places));
    auto order = random.permutation(places);
    order.resize(static_cast<std::size_t>(std::min(gaps, places)));
    std::sort(order.begin(), order.end());  // a stretch that is held goes on holding what the one before held
    const bool hold = options_.reads == "hold" || (options_.reads == "usual" && form.matter == Matter::series);
    for (const auto place : order)
      for (std::int64_t step = place * length; step < std::min((place + 1) * length, form.width); ++step)
        lose(sample, step, hold);
  }

 private:
  static void lose(RawSample& sample, std::int64_t step, bool hold) {
    const auto channels = sample.form.channels;
    const auto first = sample.values.begin() + step * channels;
    if (hold && step > 0)
      std::copy(first - channels, first, first);
    else
      std::fill(first, first + channels, 0.0f);
  }

  Options options_;
};

std::unique_ptr<Disturbance> build(const Options& options, const schema::Registry&, std::vector<Problem>&) {
  return std::make_unique<MissingFrames>(options);
}

void enlist(schema::Registry& registry) { registry.add<Disturbance, Options>("disturbance", "missing_frames", build); }

}  // namespace espalier::datasets::missing_frames
