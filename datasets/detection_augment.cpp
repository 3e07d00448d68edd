#include "datasets/detection_augment.h"

#include <algorithm>
#include <cmath>

#include "datasets/key_range.h"

namespace espalier::datasets {
namespace {

void turn_upside_down(Image& image) {
  const auto row = image.width * image.channels;
  for (std::int64_t y = 0; y < image.height / 2; ++y)
    std::swap_ranges(image.pixels.begin() + y * row, image.pixels.begin() + (y + 1) * row,
                     image.pixels.begin() + (image.height - 1 - y) * row);
}

/// A factor in [1 - most, 1 + most].
double factor(Random& random, double most) { return 1 + random.uniform(-most, most); }

void recolour(Image& image, const ColourOptions& colour, Random random) {
  if (!(random.uniform() < colour.probability)) return;
  image = with_brightness(image, factor(random, colour.brightness));
  image = with_contrast(image, factor(random, colour.contrast));
  if (image.channels != 3) return;
  image = with_saturation(image, factor(random, colour.saturation));
  image = with_hue(image, random.uniform(-colour.hue, colour.hue));
}

}  // namespace

void ZoomOptions::describe(schema::Describe<ZoomOptions>& d) {
  d.about("another part of the picture fills the network's input; beyond its edges it is gray");
  d.key("probability", &ZoomOptions::probability, "share of pictures that are zoomed").range(0, 1);
  d.key("scale", &ZoomOptions::scale, "[least, most]: above 1 nearer, below 1 farther").range(0.1, 10);
  d.key("ratio", &ZoomOptions::ratio, "[least, most] width over height, times the picture's own").range(0.1, 10);
}

void DetectionAugmentOptions::describe(schema::Describe<DetectionAugmentOptions>& d) {
  d.about("how training pictures and their boxes vary from epoch to epoch");
  d.key("views", &DetectionAugmentOptions::views, "variants of a picture before they repeat; 0: endless")
      .range(0, 10000);
  d.key("flip", &DetectionAugmentOptions::flip, "share of pictures whose left and right change places").range(0, 1);
  d.key("flip_vertical", &DetectionAugmentOptions::flip_vertical, "share whose top and bottom change places")
      .range(0, 1);
  d.key("least_visible", &DetectionAugmentOptions::least_visible,
        "boxes of which less is left count neither as there nor as not there")
      .range(0, 1);
  d.key("zoom", &DetectionAugmentOptions::zoom, "block: scale, ratio, probability").type = "block";
  d.key("colour", &DetectionAugmentOptions::colour, "block: brightness, contrast, saturation, hue, probability").type =
      "block";
}

DetectionAugment::DetectionAugment(const schema::Value& block, std::vector<Problem>& problems)
    : options_(schema::read_options<DetectionAugmentOptions>(block, "augment", problems)),
      zooms_(!options_.zoom.value.is_null()) {
  const auto& zoom = options_.zoom.value;
  zoom_ = schema::read_options<ZoomOptions>(zoom, "zoom", problems);
  colour_ = schema::read_options<ColourOptions>(options_.colour.value, "colour", problems);
  check_range(zoom, "scale", zoom_.scale, problems);
  check_range(zoom, "ratio", zoom_.ratio, problems);
}

PicturePart DetectionAugment::part(const PicturePart& whole, const ImageDraw& draw) const {
  auto random = draw.stream("zoom");
  if (!zooms_ || !(random.uniform() < zoom_.probability)) return whole;
  const auto log_uniform = [&](const std::vector<double>& range) {
    return std::exp(random.uniform(std::log(range[0]), std::log(range[1])));
  };
  const double scale = log_uniform(zoom_.scale), ratio = std::sqrt(log_uniform(zoom_.ratio));
  PicturePart part;
  part.width = whole.width / scale * ratio;
  part.height = whole.height / scale / ratio;
  // Anywhere inside the whole, or, where the part is the larger, with the whole anywhere inside of it.
  part.left = whole.left + random.uniform() * (whole.width - part.width);
  part.top = whole.top + random.uniform() * (whole.height - part.height);
  return part;
}

void DetectionAugment::apply(Image& image, std::vector<Box>& boxes, const ImageDraw& draw) const {
  const auto width = static_cast<float>(image.width), height = static_cast<float>(image.height);
  if (draw.stream("flip").uniform() < options_.flip) {
    image = flipped(image);
    for (auto& box : boxes) box.left = width - std::exchange(box.right, width - box.left);
  }
  if (draw.stream("flip vertical").uniform() < options_.flip_vertical) {
    turn_upside_down(image);
    for (auto& box : boxes) box.top = height - std::exchange(box.bottom, height - box.top);
  }
  if (!options_.colour.value.is_null()) recolour(image, colour_, draw.stream("colour"));
}

}  // namespace espalier::datasets
