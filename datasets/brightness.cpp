// A picture taken too dark or too bright: every pixel times a factor, saturated as a camera does.
#include <algorithm>

#include "base/text.h"
#include "datasets/disturbance.h"
#include "schema/registry.h"

namespace espalier::datasets::brightness {

struct Options {
  std::vector<double> factor = {0.5, 1.5};
  static void describe(schema::Describe<Options>& d) {
    d.about("pictures too dark or too bright");
    d.key("factor", &Options::factor, "of every pixel, saturated at white, one level each").range(0, 100);
  }
};

class Brightness final : public Disturbance {
 public:
  explicit Brightness(Options options) : options_(std::move(options)) {}

  std::vector<Matter> applies_to() const override { return {Matter::image}; }
  std::vector<std::string> levels() const override {
    std::vector<std::string> texts;
    for (const double factor : options_.factor) texts.push_back("x " + number_text(factor));
    return texts;
  }
  void disturb(RawSample& sample, std::size_t level, Random&, const Dataset&) const override {
    const auto factor = static_cast<float>(options_.factor[level]);
    for (float& value : sample.values) value = std::min(255.0f, factor * value);
  }

 private:
  Options options_;
};

std::unique_ptr<Disturbance> build(const Options& options, const schema::Registry&, std::vector<Problem>&) {
  return std::make_unique<Brightness>(options);
}

void enlist(schema::Registry& registry) { registry.add<Disturbance, Options>("disturbance", "brightness", build); }

}  // namespace espalier::datasets::brightness
