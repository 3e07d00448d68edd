// RandAugment (Cubuk et al. 2019, arXiv:1909.13719): some operations out of fourteen, all at one strength.
#pragma once
#include <cstdint>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "datasets/image_operations.h"
#include "schema/readers.h"

namespace espalier::datasets {

struct RandAugmentOptions {
  std::int64_t operations = 2;
  double magnitude = 9;
  static void describe(schema::Describe<RandAugmentOptions>& d);
};

class RandAugment {
 public:
  RandAugment() = default;
  /// Nothing is done where the block is absent.
  RandAugment(const schema::Value& block, std::vector<Problem>& problems);
  /// Draws each operation and, where it has one, its sign.
  Image apply(Image image, Random random) const;

 private:
  bool on_ = false;
  RandAugmentOptions options_;
};

}  // namespace espalier::datasets
