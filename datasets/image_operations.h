// What augmentation does to a picture, each a function of its arguments alone. Only image_operations.cpp sees OpenCV's
// arithmetic. Pictures are 8 bits, [height][width][channels]; colour operations leave gray pictures alone where they
// would do nothing to them.
#pragma once
#include <array>
#include <cstdint>

#include "datasets/image_file.h"

namespace espalier::datasets {

struct Rectangle {
  std::int64_t left = 0, top = 0, width = 0, height = 0;
};

/// Left becomes right.
Image flipped(const Image& image);
/// The picture moved by (right, down) pixels, |.| < its sides; what moves in mirrors the edge.
Image moved(const Image& image, std::int64_t right, std::int64_t down);

/// A map about the picture's centre, from the new picture to the old one's pixels.
struct Affine {
  double degrees = 0;          ///< turned to the left
  double scale = 1;            ///< above 1: nearer
  double right = 0, down = 0;  ///< in shares of width and height
  double shear_x = 0, shear_y = 0;
};
/// Bilinear; what moves in is black.
Image transformed(const Image& image, const Affine& map);

/// Pixels times `factor`, saturating.
Image with_brightness(const Image& image, double factor);
/// Distances from the mean gray times `factor`.
Image with_contrast(const Image& image, double factor);
/// Distances from each pixel's own gray times `factor`.
Image with_saturation(const Image& image, double factor);
/// Colours turned by `turns` of the circle of hues, in [-0.5, 0.5].
Image with_hue(const Image& image, double turns);
/// Distances from a smoothed picture times `factor`; 0 is the smoothed one.
Image with_sharpness(const Image& image, double factor);
/// Each channel stretched to all 256 values.
Image with_full_range(const Image& image);
/// Each channel's histogram made flat.
Image equalized(const Image& image);
/// Pixels from `threshold` on become their negative.
Image solarized(const Image& image, int threshold);
/// Only the highest `bits` of each pixel are kept; bits in [1, 8].
Image posterized(const Image& image, int bits);

/// Fills the part of `hole` that lies inside.
void blank(Image& image, const Rectangle& hole, std::uint8_t value);

}  // namespace espalier::datasets
