// Noise at a given signal-to-noise ratio: white, or pieces of the data's own background recordings. Signal and noise
// are powers around the mean, channel by channel, so that sensors of different units are disturbed alike. A channel
// that says nothing (digital silence) has no power and stays as it is.
#include <fmt/core.h>

#include <cmath>

#include "base/text.h"
#include "datasets/disturbance.h"
#include "schema/registry.h"

namespace espalier::datasets::noise {

struct Options {
  std::vector<double> snr = {20, 10, 0};
  std::string source = "white";
  static void describe(schema::Describe<Options>& d) {
    d.about("noise added at a given power under the signal's: sound, images, series");
    d.key("snr", &Options::snr, "signal over noise, one level each").range(-60, 100).in("dB");
    d.key("source", &Options::source, "normally distributed, or the test part of the data's background recordings")
        .one_of({"white", "background"});
  }
};

/// Every `channels`-th of the values from `first`.
struct Channel {
  std::vector<float>& values;
  std::size_t first, channels;
  std::size_t size() const { return values.size() / channels; }
  float& operator[](std::size_t i) const { return values[first + i * channels]; }
  double mean() const {
    double sum = 0;
    for (std::size_t i = 0; i < size(); ++i) sum += static_cast<double>((*this)[i]);
    return sum / static_cast<double>(size());
  }
  /// Around the mean.
  double power() const {
    double sum = 0;
    const double middle = mean();
    for (std::size_t i = 0; i < size(); ++i) {
      const double from_middle = static_cast<double>((*this)[i]) - middle;
      sum += from_middle * from_middle;
    }
    return sum / static_cast<double>(size());
  }
};

class Noise final : public Disturbance {
 public:
  explicit Noise(Options options) : options_(std::move(options)) {}

  std::vector<Matter> applies_to() const override {
    if (options_.source == "background") return {Matter::sound};
    return {Matter::sound, Matter::image, Matter::series};
  }
  std::vector<std::string> levels() const override {
    std::vector<std::string> texts;
    for (const double snr : options_.snr) texts.push_back(number_text(snr) + " dB");
    return texts;
  }
  std::string refusal(const Dataset& data) const override {
    if (options_.source == "white") return {};
    std::vector<float> piece(static_cast<std::size_t>(data.raw_form()->elements()));
    Random random(0, "background");
    if (data.background(Split::test, random, piece)) return {};
    return "needs background recordings, and the data have none for testing; say `source: white`";
  }
  void disturb(RawSample& sample, std::size_t level, Random& random, const Dataset& data) const override {
    std::vector<float> added(sample.values.size());
    if (options_.source == "background")
      data.background(Split::test, random, added);
    else
      for (float& value : added) value = static_cast<float>(random.normal());
    const auto channels = static_cast<std::size_t>(sample.form.channels);
    for (std::size_t channel = 0; channel < channels; ++channel)
      mix({sample.values, channel, channels}, {added, channel, channels}, options_.snr[level]);
  }

 private:
  static void mix(Channel signal, Channel noise, double snr) {
    const double power = noise.power(), middle = noise.mean();
    if (power <= 0) return;
    const double factor = std::sqrt(signal.power() / power) * std::pow(10.0, -snr / 20);
    for (std::size_t i = 0; i < signal.size(); ++i)
      signal[i] += static_cast<float>(factor * (static_cast<double>(noise[i]) - middle));
  }

  Options options_;
};

std::unique_ptr<Disturbance> build(const Options& options, const schema::Registry&, std::vector<Problem>&) {
  return std::make_unique<Noise>(options);
}

void enlist(schema::Registry& registry) { registry.add<Disturbance, Options>("disturbance", "noise", build); }

}  // namespace espalier::datasets::noise
