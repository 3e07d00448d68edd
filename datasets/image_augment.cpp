#include "datasets/image_augment.h"

#include <algorithm>
#include <cmath>

#include "datasets/key_range.h"

namespace espalier::datasets {

void ResizedCropOptions::describe(schema::Describe<ResizedCropOptions>& d) {
  d.about("a part of the picture, resized", "Szegedy et al. 2015, arXiv:1409.4842");
  d.key("probability", &ResizedCropOptions::probability, "share of pictures that are cropped").range(0, 1);
  d.key("area", &ResizedCropOptions::area, "[least, most] share of the picture, in (0, 1]").range(0.01, 1);
  d.key("ratio", &ResizedCropOptions::ratio, "[least, most] width over height, times the picture's own").range(0.1, 10);
}

void ColourOptions::describe(schema::Describe<ColourOptions>& d) {
  d.about("other light and colours");
  d.key("probability", &ColourOptions::probability, "share of pictures that change").range(0, 1);
  d.key("brightness", &ColourOptions::brightness, "x: times a factor in [1 - x, 1 + x]").range(0, 1);
  d.key("contrast", &ColourOptions::contrast, "the same of distances from the mean").range(0, 1);
  d.key("saturation", &ColourOptions::saturation, "the same of distances from gray").range(0, 1);
  d.key("hue", &ColourOptions::hue, "x: turned by [-x, x] of the circle of colours").range(0, 0.5);
}

void AffineOptions::describe(schema::Describe<AffineOptions>& d) {
  d.about("small turns, zooms and shifts; black moves in");
  d.key("probability", &AffineOptions::probability, "share of pictures that change").range(0, 1);
  d.key("rotate", &AffineOptions::rotate, "most, both ways").range(0, 180).in("degrees");
  d.key("translate", &AffineOptions::translate, "most, in shares of the sides").range(0, 1);
  d.key("shear", &AffineOptions::shear, "most: pixels across for each pixel down").range(0, 1);
  d.key("scale", &AffineOptions::scale, "[least, most] zoom").range(0.1, 10);
}

void CutoutOptions::describe(schema::Describe<CutoutOptions>& d) {
  d.about("squares blanked to mid-gray", "DeVries & Taylor 2017, arXiv:1708.04552");
  d.key("probability", &CutoutOptions::probability, "share of pictures that lose something").range(0, 1);
  d.key("size", &CutoutOptions::size, "side of a square, in pixels of the input").range(1, 1024);
  d.key("holes", &CutoutOptions::holes, "squares; they may overlap and stick out").range(1, 64);
}

void ImageAugmentOptions::describe(schema::Describe<ImageAugmentOptions>& d) {
  d.about("how training pictures vary from epoch to epoch");
  d.key("views", &ImageAugmentOptions::views, "variants of a picture before they repeat and are cached; 0: endless")
      .range(0, 10000);
  d.key("pad_crop", &ImageAugmentOptions::pad_crop, "farthest shift both ways, the edges mirrored; in pixels")
      .range(0, 512);
  d.key("flip", &ImageAugmentOptions::flip, "share of pictures whose left and right change places").range(0, 1);
  const auto block = [&](const char* key, schema::Part ImageAugmentOptions::*member, const char* doc) {
    d.key(key, member, doc).type = "block";
  };
  block("random_resized_crop", &ImageAugmentOptions::random_resized_crop, "block: area, ratio, probability");
  block("affine", &ImageAugmentOptions::affine, "block: rotate, translate, shear, scale, probability");
  block("colour", &ImageAugmentOptions::colour, "block: brightness, contrast, saturation, hue, probability");
  block("rand_augment", &ImageAugmentOptions::rand_augment, "block: operations, magnitude");
  block("cutout", &ImageAugmentOptions::cutout, "block: size, holes, probability");
  block("mixup", &ImageAugmentOptions::mixup, "block: alpha, probability");
  block("cutmix", &ImageAugmentOptions::cutmix, "block: alpha, probability");
}

namespace {

/// In [-most, most].
double both_ways(Random& random, double most) { return random.uniform(-most, most); }

}  // namespace

ImageAugment::ImageAugment(const schema::Value& block, std::vector<Problem>& problems)
    : options_(schema::read_options<ImageAugmentOptions>(block, "augment", problems)),
      crops_(!options_.random_resized_crop.value.is_null()),
      turns_(!options_.affine.value.is_null()),
      recolours_(!options_.colour.value.is_null()),
      cuts_(!options_.cutout.value.is_null()),
      crop_(schema::read_options<ResizedCropOptions>(options_.random_resized_crop.value, "augment.random_resized_crop",
                                                     problems)),
      affine_(schema::read_options<AffineOptions>(options_.affine.value, "augment.affine", problems)),
      colour_(schema::read_options<ColourOptions>(options_.colour.value, "augment.colour", problems)),
      rand_augment_(options_.rand_augment.value, problems),
      cutout_(schema::read_options<CutoutOptions>(options_.cutout.value, "augment.cutout", problems)) {
  check_range(options_.random_resized_crop.value, "area", crop_.area, problems);
  check_range(options_.random_resized_crop.value, "ratio", crop_.ratio, problems);
  check_range(options_.affine.value, "scale", affine_.scale, problems);
}

Image ImageAugment::apply(const Image& image, const ImageFrontEnd& front_end, const ImageDraw& draw) const {
  Image seen = cropped(image, front_end, draw);
  if (auto random = draw.stream("affine"); turns_ && random.uniform() < affine_.probability) {
    Affine map;
    map.degrees = both_ways(random, affine_.rotate);
    map.scale = random.uniform(affine_.scale[0], affine_.scale[1]);
    map.right = both_ways(random, affine_.translate), map.down = both_ways(random, affine_.translate);
    map.shear_x = both_ways(random, affine_.shear);
    seen = transformed(seen, map);
  }
  if (options_.pad_crop > 0) {
    auto random = draw.stream("pad_crop");
    const auto most_right = std::min(options_.pad_crop, seen.width),
               most_down = std::min(options_.pad_crop, seen.height);
    const auto shift = [&](std::int64_t most) {
      return static_cast<std::int64_t>(random.below(static_cast<std::uint32_t>(2 * most + 1))) - most;
    };
    const auto right = shift(most_right), down = shift(most_down);
    if (right != 0 || down != 0) seen = moved(seen, right, down);
  }
  if (options_.flip > 0 && draw.stream("flip").uniform() < options_.flip) seen = flipped(seen);
  if (recolours_) recolour(seen, draw);
  seen = rand_augment_.apply(std::move(seen), draw.stream("rand_augment"));
  if (cuts_) cut_out(seen, draw);
  return seen;
}

/// A part is a frame of its own inside the picture, so the front end resizes it as a device would.
Image ImageAugment::cropped(const Image& image, const ImageFrontEnd& front_end, const ImageDraw& draw) const {
  auto random = draw.stream("random_resized_crop");
  if (!crops_ || random.uniform() >= crop_.probability) return front_end.pixels(image);
  const double share = random.uniform(crop_.area[0], crop_.area[1]),
               ratio = std::exp(random.uniform(std::log(crop_.ratio[0]), std::log(crop_.ratio[1])));
  const auto side = [&](std::int64_t whole, double stretch) {
    const auto length = std::llround(static_cast<double>(whole) * std::sqrt(share) * stretch);
    return std::clamp<std::int64_t>(length, 1, whole);
  };
  const auto width = side(image.width, std::sqrt(ratio)), height = side(image.height, 1 / std::sqrt(ratio));
  const auto place = [&](std::int64_t room) {
    return static_cast<std::int64_t>(random.below(static_cast<std::uint32_t>(room + 1)));
  };
  const auto left = place(image.width - width), top = place(image.height - height);
  auto frame = frame_of(image);
  frame.pixels += top * frame.stride + left * image.channels;
  frame.width = static_cast<std::int32_t>(width);
  frame.height = static_cast<std::int32_t>(height);
  return front_end.pixels(frame);
}

void ImageAugment::recolour(Image& image, const ImageDraw& draw) const {
  auto random = draw.stream("colour");
  if (random.uniform() >= colour_.probability) return;
  const double brightness = 1 + both_ways(random, colour_.brightness),
               contrast = 1 + both_ways(random, colour_.contrast),
               saturation = 1 + both_ways(random, colour_.saturation), hue = both_ways(random, colour_.hue);
  if (colour_.brightness > 0) image = with_brightness(image, brightness);
  if (colour_.contrast > 0) image = with_contrast(image, contrast);
  if (colour_.saturation > 0) image = with_saturation(image, saturation);
  if (colour_.hue > 0) image = with_hue(image, hue);
}

void ImageAugment::cut_out(Image& image, const ImageDraw& draw) const {
  auto random = draw.stream("cutout");
  if (random.uniform() >= cutout_.probability) return;
  constexpr std::uint8_t mid_gray = 128;
  for (std::int64_t hole = 0; hole < cutout_.holes; ++hole) {
    const auto x = static_cast<std::int64_t>(random.below(static_cast<std::uint32_t>(image.width))),
               y = static_cast<std::int64_t>(random.below(static_cast<std::uint32_t>(image.height)));
    blank(image, {x - cutout_.size / 2, y - cutout_.size / 2, cutout_.size, cutout_.size}, mid_gray);
  }
}

}  // namespace espalier::datasets
