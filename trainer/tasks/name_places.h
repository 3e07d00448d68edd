// Where names stand beside many boxes of one picture, so that they hide as little as can be.
#pragma once
#include <span>
#include <vector>

#include "datasets/dataset.h"

namespace espalier::tasks {

/// Of a picture's pixels.
struct Plate {
  int left = 0, top = 0, width = 0, height = 0;
};

/// Kinds of places in the order in which they are tried where all hide as little.
enum class NamesStand { above, beside };

/// A place for the plate of each box (of `plates` only width and height are read; boxes in their order, whose first
/// ones choose first): outside at a side of the box or inside along its upper or lower edge, moved into the picture of
/// `width` x `height`. Hiding a name is worst, then a large share of a neighbour, then of the box itself. `taken`:
/// places that are written on already.
std::vector<Plate> place_names(std::span<const datasets::Box> boxes, std::span<const Plate> plates, int width,
                               int height, NamesStand stand, std::span<const Plate> taken = {});

/// A corner (0 lower left, 1 lower right, 2 upper left, 3 upper right) for a caption: `before` as long as it hides next
/// to nothing there, or no other corner hides half as much or less, so that it stands still in a video.
int place_caption(std::span<const datasets::Box> boxes, Plate& caption, int width, int height, int before);

}  // namespace espalier::tasks
