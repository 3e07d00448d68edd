#include "datasets/image_mixing.h"

#include <algorithm>
#include <cmath>

namespace espalier::datasets {
namespace {

/// Of Gamma(shape, 1) (Marsaglia & Tsang, "A simple method for generating gamma variables", 2000).
double draw_gamma(Random& random, double shape) {
  if (shape < 1) {
    const double below_one = 1 - random.uniform();  // in (0, 1]
    return draw_gamma(random, shape + 1) * std::pow(below_one, 1 / shape);
  }
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = random.normal(), root = 1 + c * x, v = root * root * root;
    if (v > 0 && std::log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

}  // namespace

void MixupOptions::describe(schema::Describe<MixupOptions>& d) {
  d.about("weighted means of two pictures and of their labels", "Zhang et al. 2017, arXiv:1710.09412");
  d.key("alpha", &MixupOptions::alpha, "weights are drawn from Beta(alpha, alpha)").range(0.01, 100);
  d.key("probability", &MixupOptions::probability, "share of pictures that are mixed").range(0, 1);
}

void CutmixOptions::describe(schema::Describe<CutmixOptions>& d) {
  d.about("a rectangle of another picture, and its label by area", "Yun et al. 2019, arXiv:1905.04899");
  d.key("alpha", &CutmixOptions::alpha, "areas are drawn from Beta(alpha, alpha)").range(0.01, 100);
  d.key("probability", &CutmixOptions::probability, "share of pictures that are mixed").range(0, 1);
}

ImageMixing::ImageMixing(const ImageAugmentOptions& options, std::vector<Problem>& problems) {
  if (!options.mixup.value.is_null())
    mixup_ = schema::read_options<MixupOptions>(options.mixup.value, "augment.mixup", problems);
  if (!options.cutmix.value.is_null())
    cutmix_ = schema::read_options<CutmixOptions>(options.cutmix.value, "augment.cutmix", problems);
}

Mix ImageMixing::draw(const ImageDraw& draw, std::int64_t samples, std::int64_t height, std::int64_t width) const {
  auto random = draw.stream("mixing");
  const bool cuts = random.uniform() < cutmix_.probability, blends = random.uniform() < mixup_.probability;
  Mix mix;
  if (!cuts && !blends) return mix;
  mix.partner = static_cast<std::int64_t>(random.below(static_cast<std::uint32_t>(samples)));
  const double share = draw_beta(random, cuts ? cutmix_.alpha : mixup_.alpha);
  mix.weight = static_cast<float>(share);
  if (!cuts) return mix;
  const auto side = [&](std::int64_t whole) {
    return static_cast<std::int64_t>(std::llround(static_cast<double>(whole) * std::sqrt(share)));
  };
  const auto rows = side(height), columns = side(width);
  const auto y = static_cast<std::int64_t>(random.below(static_cast<std::uint32_t>(height))) - rows / 2,
             x = static_cast<std::int64_t>(random.below(static_cast<std::uint32_t>(width))) - columns / 2;
  mix.part.left = std::max<std::int64_t>(0, x), mix.part.top = std::max<std::int64_t>(0, y);
  mix.part.width = std::min(width, x + columns) - mix.part.left;
  mix.part.height = std::min(height, y + rows) - mix.part.top;
  // By what is left of the rectangle inside the picture.
  mix.weight = static_cast<float>(mix.part.width * mix.part.height) / static_cast<float>(width * height);
  if (mix.part.width <= 0 || mix.part.height <= 0) return {};
  return mix;
}

void mix_into(std::span<float> features, std::span<const float> other, const Mix& mix,
              const std::vector<std::int64_t>& shape) {
  if (mix.part.width == 0) {
    for (std::size_t i = 0; i < features.size(); ++i) features[i] += mix.weight * (other[i] - features[i]);
    return;
  }
  for (std::int64_t channel = 0; channel < shape[0]; ++channel)
    for (auto row = mix.part.top; row < mix.part.top + mix.part.height; ++row) {
      const auto begin = (channel * shape[1] + row) * shape[2] + mix.part.left;
      const auto from = other.begin() + begin;
      std::copy(from, from + mix.part.width, features.begin() + begin);
    }
}

double draw_beta(Random& random, double alpha) {
  const double a = draw_gamma(random, alpha), b = draw_gamma(random, alpha);
  return a + b > 0 ? a / (a + b) : 0.5;
}

}  // namespace espalier::datasets
