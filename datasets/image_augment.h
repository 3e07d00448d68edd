// What may happen to a picture in training before it is normalised.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "datasets/image_front_end.h"
#include "datasets/image_operations.h"
#include "datasets/rand_augment.h"
#include "schema/readers.h"

namespace espalier::datasets {

/// `random_resized_crop:` a part of the picture, resized to the network's input (Szegedy et al. 2015, arXiv:1409.4842).
struct ResizedCropOptions {
  double probability = 1;
  std::vector<double> area = {0.3, 1}, ratio = {0.75, 1.333};
  static void describe(schema::Describe<ResizedCropOptions>& d);
};

/// `colour:` factors drawn from [1 - x, 1 + x], the hue from [-x, x] turns.
struct ColourOptions {
  double probability = 1, brightness = 0, contrast = 0, saturation = 0, hue = 0;
  static void describe(schema::Describe<ColourOptions>& d);
};

/// `affine:` small turns, zooms and shifts.
struct AffineOptions {
  double probability = 1, rotate = 0, translate = 0, shear = 0;
  std::vector<double> scale = {1, 1};
  static void describe(schema::Describe<AffineOptions>& d);
};

/// `cutout:` squares blanked to mid-gray (DeVries & Taylor 2017, arXiv:1708.04552).
struct CutoutOptions {
  double probability = 1;
  std::int64_t size = 8, holes = 1;
  static void describe(schema::Describe<CutoutOptions>& d);
};

/// The recipe's `augment:` block as it is written.
struct ImageAugmentOptions {
  std::int64_t views = 0, pad_crop = 0;
  double flip = 0;
  schema::Part random_resized_crop, affine, colour, rand_augment, cutout, mixup, cutmix;
  static void describe(schema::Describe<ImageAugmentOptions>& d);
};

/// Which view of which sample: the only source of chance.
struct ImageDraw {
  std::uint64_t seed = 1, epoch = 0, sample = 0;
  /// A stream of its own for each purpose, so that a recipe that adds one transform keeps what the others do.
  Random stream(std::string_view purpose) const { return {seed, purpose, epoch, sample}; }
};

class ImageAugment {
 public:
  ImageAugment() = default;
  /// Reads the block but for what mixes two samples (image_mixing.h); Problems carry the line of the key.
  ImageAugment(const schema::Value& block, std::vector<Problem>& problems);

  std::int64_t views() const { return options_.views; }
  const ImageAugmentOptions& options() const { return options_; }

  /// In this order: a crop, resized by the front end; a turn; a shift by padding; a flip; colours; RandAugment; cutout.
  /// The front end's size and channels.
  Image apply(const Image& image, const ImageFrontEnd& front_end, const ImageDraw& draw) const;

 private:
  Image cropped(const Image& image, const ImageFrontEnd& front_end, const ImageDraw& draw) const;
  void recolour(Image& image, const ImageDraw& draw) const;
  void cut_out(Image& image, const ImageDraw& draw) const;

  ImageAugmentOptions options_;
  bool crops_ = false, turns_ = false, recolours_ = false, cuts_ = false;
  ResizedCropOptions crop_;
  AffineOptions affine_;
  ColourOptions colour_;
  RandAugment rand_augment_;
  CutoutOptions cutout_;
};

}  // namespace espalier::datasets
