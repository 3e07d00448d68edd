// A part of a picture, placed in the network's input with its proportions: what lies beyond the picture is gray. The
// whole picture placed so is a letterbox.
#pragma once
#include <cstdint>
#include <vector>

#include "datasets/dataset.h"
#include "datasets/image_front_end.h"

namespace espalier::datasets {

/// In the picture's pixels; may reach beyond its edges.
struct PicturePart {
  double left = 0, top = 0, width = 1, height = 1;
};

/// Where pixels of the picture land in the network's input: x' = (x - from_x) * scale_x + to_x.
struct Placement {
  std::int64_t from_x = 0, from_y = 0, from_width = 0, from_height = 0;  ///< whole pixels of the picture
  std::int64_t to_x = 0, to_y = 0, to_width = 0, to_height = 0;          ///< and where they land
  double scale_x() const { return static_cast<double>(to_width) / static_cast<double>(from_width); }
  double scale_y() const { return static_cast<double>(to_height) / static_cast<double>(from_height); }
};

/// The gray around a picture.
constexpr std::uint8_t letterbox_gray = 128;

/// The smallest part of the network's proportions that holds the whole picture, centred.
PicturePart whole_picture(std::int64_t width, std::int64_t height, std::int64_t network_width,
                          std::int64_t network_height);
/// What the front end itself shows of a picture of these sides.
Placement placement(const ImageFrontEnd& front_end, std::int64_t width, std::int64_t height);
/// Whole pixels of what a part shows of a picture; at least one.
Placement place(const PicturePart& part, std::int64_t width, std::int64_t height, std::int64_t network_width,
                std::int64_t network_height);

/// The network's picture, resized by the device's own filter.
Image placed(const Image& image, const Placement& placement, const ImageFrontEnd& front_end);
/// Boxes as they lie in it, cut at its edges; those of which less than `least_visible` of their area is left are to be
/// ignored, those of which nothing is left go.
std::vector<Box> placed(const std::vector<Box>& boxes, const Placement& placement, std::int64_t network_width,
                        std::int64_t network_height, double least_visible);
/// A box of the network's input in the picture's own pixels, cut at its edges.
Box in_picture(const Box& box, const Placement& placement);

}  // namespace espalier::datasets
