// mixup (Zhang et al. 2017, arXiv:1710.09412) and CutMix (Yun et al. 2019, arXiv:1905.04899): a training sample takes
// something of another one, and its label with it. With whom and how much is a function of (seed, epoch, sample), not
// of the batch that a sample happens to be in.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "datasets/image_augment.h"

namespace espalier::datasets {

/// `mixup:` features a weighted mean of two.
struct MixupOptions {
  double alpha = 0.2, probability = 1;
  static void describe(schema::Describe<MixupOptions>& d);
};

/// `cutmix:` a rectangle of one inside the other.
struct CutmixOptions {
  double alpha = 1, probability = 0.5;
  static void describe(schema::Describe<CutmixOptions>& d);
};

/// What another sample gives.
struct Mix {
  std::int64_t partner = -1;  ///< index in the training split; -1: nothing is mixed
  float weight = 0;           ///< of the partner's label, in [0, 1]
  Rectangle part;             ///< taken from the partner; of no size: all of it, weighted
};

class ImageMixing {
 public:
  ImageMixing() = default;
  ImageMixing(const ImageAugmentOptions& options, std::vector<Problem>& problems);
  bool mixes() const { return mixup_.probability > 0 || cutmix_.probability > 0; }
  /// One of `samples` training samples of this height and width. CutMix is tried first, then mixup.
  Mix draw(const ImageDraw& draw, std::int64_t samples, std::int64_t height, std::int64_t width) const;

 private:
  MixupOptions mixup_{0.2, 0};
  CutmixOptions cutmix_{1, 0};
};

/// features and other: [channels][height][width].
void mix_into(std::span<float> features, std::span<const float> other, const Mix& mix,
              const std::vector<std::int64_t>& shape);

/// Of Beta(alpha, alpha), alpha > 0.
double draw_beta(Random& random, double alpha);

}  // namespace espalier::datasets
