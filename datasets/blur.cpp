// A picture out of focus: a Gaussian over rows and then columns, the picture's edge repeated outside.
#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "datasets/disturbance.h"
#include "schema/registry.h"

namespace espalier::datasets::blur {

struct Options {
  std::vector<double> sigma = {1, 2};
  static void describe(schema::Describe<Options>& d) {
    d.about("pictures out of focus, by a Gaussian");
    d.key("sigma", &Options::sigma, "standard deviation, one level each").range(0.1, 100).in("pixels");
  }
};

/// exp(-i^2 / 2 sigma^2) for i from -3 sigma to 3 sigma, of sum 1.
std::vector<float> weights_of(double sigma) {
  const auto reach = static_cast<std::int64_t>(std::ceil(3 * sigma));
  std::vector<double> weights;
  double sum = 0;
  for (std::int64_t i = -reach; i <= reach; ++i) {
    weights.push_back(std::exp(-static_cast<double>(i * i) / (2 * sigma * sigma)));
    sum += weights.back();
  }
  std::vector<float> scaled;
  for (const double weight : weights) scaled.push_back(static_cast<float>(weight / sum));
  return scaled;
}

class Blur final : public Disturbance {
 public:
  explicit Blur(Options options) : options_(std::move(options)) {}

  std::vector<Matter> applies_to() const override { return {Matter::image}; }
  std::vector<std::string> levels() const override {
    std::vector<std::string> texts;
    for (const double sigma : options_.sigma) texts.push_back(number_text(sigma) + " pixels");
    return texts;
  }
  void disturb(RawSample& sample, std::size_t level, Random&, const Dataset&) const override {
    const auto weights = weights_of(options_.sigma[level]);
    const auto& form = sample.form;
    along(sample.values, form.height, form.width, form.channels, weights);
    along(sample.values, 1, form.height, form.width * form.channels, weights);
  }

 private:
  /// values: [outer][length][inner], blurred over length.
  static void along(std::vector<float>& values, std::int64_t outer, std::int64_t length, std::int64_t inner,
                    const std::vector<float>& weights) {
    const auto before = values;
    const auto reach = static_cast<std::int64_t>(weights.size()) / 2;
    for (std::int64_t o = 0; o < outer; ++o)
      for (std::int64_t at = 0; at < length; ++at)
        for (std::int64_t i = 0; i < inner; ++i) {
          float sum = 0;
          for (std::int64_t k = -reach; k <= reach; ++k) {
            const auto from = std::clamp<std::int64_t>(at + k, 0, length - 1);
            sum += weights[static_cast<std::size_t>(k + reach)] *
                   before[static_cast<std::size_t>((o * length + from) * inner + i)];
          }
          values[static_cast<std::size_t>((o * length + at) * inner + i)] = sum;
        }
  }

  Options options_;
};

std::unique_ptr<Disturbance> build(const Options& options, const schema::Registry&, std::vector<Problem>&) {
  return std::make_unique<Blur>(options);
}

void enlist(schema::Registry& registry) { registry.add<Disturbance, Options>("disturbance", "blur", build); }

}  // namespace espalier::datasets::blur
