// A camera that moved: what a picture shows lies elsewhere, and the picture's edge is repeated where nothing was seen.
// Boxes lie where their things do.
#include <algorithm>
#include <cmath>

#include "datasets/disturbance.h"
#include "schema/registry.h"

namespace espalier::datasets::picture_shift {

struct Options {
  std::vector<double> shift = {0.05, 0.1};
  static void describe(schema::Describe<Options>& d) {
    d.about("pictures of a camera that moved, to the left or right and up or down by chance; boxes move along");
    d.key("shift", &Options::shift, "fraction of the picture's width and of its height, one level each").range(0, 0.99);
  }
};

class PictureShift final : public Disturbance {
 public:
  explicit PictureShift(Options options) : options_(std::move(options)) {}

  std::vector<Matter> applies_to() const override { return {Matter::image}; }
  std::vector<std::string> levels() const override {
    std::vector<std::string> texts;
    for (const double shift : options_.shift) texts.push_back(percent_level(shift));
    return texts;
  }
  Displacement displacement(std::size_t level, Random& random) const override {
    const double shift = options_.shift[level];
    const bool right = random.below(2) == 1, down = random.below(2) == 1;
    return {right ? shift : -shift, down ? shift : -shift};
  }
  void disturb(RawSample& sample, std::size_t level, Random& random, const Dataset&) const override {
    const auto& form = sample.form;
    const auto moved = displacement(level, random);
    const auto right = moved.pixels_right(form.width), down = moved.pixels_down(form.height);
    const auto before = sample.values;
    auto out = sample.values.begin();
    for (std::int64_t y = 0; y < form.height; ++y)
      for (std::int64_t x = 0; x < form.width; ++x) {
        const auto from_y = std::clamp<std::int64_t>(y - down, 0, form.height - 1),
                   from_x = std::clamp<std::int64_t>(x - right, 0, form.width - 1);
        const auto first = before.begin() + (from_y * form.width + from_x) * form.channels;
        out = std::copy(first, first + form.channels, out);
      }
  }

 private:
  Options options_;
};

std::unique_ptr<Disturbance> build(const Options& options, const schema::Registry&, std::vector<Problem>&) {
  return std::make_unique<PictureShift>(options);
}

void enlist(schema::Registry& registry) { registry.add<Disturbance, Options>("disturbance", "picture_shift", build); }

}  // namespace espalier::datasets::picture_shift
