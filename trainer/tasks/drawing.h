// Pictures with what was found in them, for people.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "datasets/image_file.h"
#include "tasks/average_precision.h"

namespace espalier::tasks {

/// Text over a picture that stays where it is from picture to picture as long as it hides nothing there.
struct Caption {
  std::string text;  ///< none where it is empty
  int corner = 0;    ///< 0 lower left, 1 lower right, 2 upper left, 3 upper right; drawing keeps it up to date
};

/// Frames, each in a colour of its class and edged in dark, so that it is seen on light and dark alike, with a name and
/// the score in percent where they hide least (tasks/name_places.h). Pictures of three channels, boxes in their pixels,
/// the surest first; lines and letters grow with the picture.
void draw_boxes(datasets::Image& image, std::span<const FoundBox> boxes, const std::vector<std::string>& labels,
                Caption* caption = nullptr);

/// A point and a name where each thing is.
void draw_points(datasets::Image& image, std::span<const FoundBox> boxes, const std::vector<std::string>& labels,
                 Caption* caption = nullptr);

}  // namespace espalier::tasks
