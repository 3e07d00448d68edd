#include "datasets/rand_augment.h"

#include <array>
#include <cmath>

namespace espalier::datasets {
namespace {

constexpr double most_magnitude = 30;

/// strength in [0, 1]; sign is 1 or -1.
using Operation = Image (*)(const Image& image, double strength, double sign);

Image affine(const Image& image, Affine map) { return transformed(image, map); }

// The ranges are those of the paper's code for ImageNet, shifts in shares of the sides.
constexpr double most_factor = 0.9, most_shear = 0.3, most_shift = 0.45, most_degrees = 30;
const std::array<Operation, 14> operations = {
    [](const Image& image, double, double) { return image; },
    [](const Image& image, double, double) { return with_full_range(image); },
    [](const Image& image, double, double) { return equalized(image); },
    [](const Image& image, double m, double s) {
      return affine(image, {s * m * most_degrees, 1, 0, 0, 0, 0});
    },
    [](const Image& image, double m, double s) {
      return affine(image, {0, 1, s * m * most_shift, 0, 0, 0});
    },
    [](const Image& image, double m, double s) {
      return affine(image, {0, 1, 0, s * m * most_shift, 0, 0});
    },
    [](const Image& image, double m, double s) {
      return affine(image, {0, 1, 0, 0, s * m * most_shear, 0});
    },
    [](const Image& image, double m, double s) {
      return affine(image, {0, 1, 0, 0, 0, s * m * most_shear});
    },
    [](const Image& image, double m, double) { return solarized(image, static_cast<int>(std::lround(256 * (1 - m)))); },
    [](const Image& image, double m, double) { return posterized(image, 8 - static_cast<int>(std::lround(4 * m))); },
    [](const Image& image, double m, double s) { return with_saturation(image, 1 + s * m * most_factor); },
    [](const Image& image, double m, double s) { return with_contrast(image, 1 + s * m * most_factor); },
    [](const Image& image, double m, double s) { return with_brightness(image, 1 + s * m * most_factor); },
    [](const Image& image, double m, double s) { return with_sharpness(image, 1 + s * m * most_factor); },
};

}  // namespace

void RandAugmentOptions::describe(schema::Describe<RandAugmentOptions>& d) {
  d.about("some of fourteen operations, all at one strength", "Cubuk et al. 2019, arXiv:1909.13719");
  d.key("operations", &RandAugmentOptions::operations, "a picture, drawn with replacement").range(0, 14);
  d.key("magnitude", &RandAugmentOptions::magnitude, "their strength").range(0, most_magnitude);
}

RandAugment::RandAugment(const schema::Value& block, std::vector<Problem>& problems)
    : on_(!block.is_null()),
      options_(schema::read_options<RandAugmentOptions>(block, "augment.rand_augment", problems)) {}

Image RandAugment::apply(Image image, Random random) const {
  for (std::int64_t i = 0; on_ && i < options_.operations; ++i) {
    const auto& operation = operations[random.below(static_cast<std::uint32_t>(operations.size()))];
    const double sign = random.below(2) == 0 ? 1 : -1;
    image = operation(image, options_.magnitude / most_magnitude, sign);
  }
  return image;
}

}  // namespace espalier::datasets
