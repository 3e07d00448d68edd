// Pictures with what was found in them, for people.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "datasets/image_file.h"
#include "tasks/average_precision.h"

namespace espalier::tasks {

/// Frames, each in a colour of its class, with a name and the score in percent. Pictures of three channels, boxes in
/// their pixels; lines and letters grow with the picture.
void draw_boxes(datasets::Image& image, std::span<const FoundBox> boxes, const std::vector<std::string>& labels);

/// A point and a name where each thing is.
void draw_points(datasets::Image& image, std::span<const FoundBox> boxes, const std::vector<std::string>& labels);

/// A line of text in the lower left corner: names stand above their boxes, and seldom there.
void draw_caption(datasets::Image& image, const std::string& text);

}  // namespace espalier::tasks
