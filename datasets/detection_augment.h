// What may happen to a picture with boxes in training.
#pragma once
#include <cstdint>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "datasets/dataset.h"
#include "datasets/image_augment.h"
#include "datasets/picture_part.h"
#include "schema/readers.h"

namespace espalier::datasets {

/// `zoom:` another part of the picture fills the network's input; above 1 the picture comes nearer.
struct ZoomOptions {
  double probability = 1;
  std::vector<double> scale = {0.7, 1.5}, ratio = {0.9, 1.1};
  static void describe(schema::Describe<ZoomOptions>& d);
};

/// The recipe's `augment:` block as it is written.
struct DetectionAugmentOptions {
  std::int64_t views = 0;
  double flip = 0.5, flip_vertical = 0, least_visible = 0.35;
  schema::Part zoom, colour;
  static void describe(schema::Describe<DetectionAugmentOptions>& d);
};

class DetectionAugment {
 public:
  DetectionAugment() = default;
  /// Reads the block; Problems carry the line of the key.
  DetectionAugment(const schema::Value& block, std::vector<Problem>& problems);
  std::int64_t views() const { return options_.views; }

  /// The part that a view shows, where the unaugmented one shows `whole`.
  PicturePart part(const PicturePart& whole, const ImageDraw& draw) const;
  /// After the part was placed: flips of picture and boxes, and colours. Boxes of which less than `least_visible` is
  /// left are to be ignored: they are neither there nor not.
  void apply(Image& image, std::vector<Box>& boxes, const ImageDraw& draw) const;
  double least_visible() const { return options_.least_visible; }

 private:
  DetectionAugmentOptions options_;
  ZoomOptions zoom_;
  ColourOptions colour_;
  bool zooms_ = false;
};

}  // namespace espalier::datasets
