#include "tasks/name_places.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace espalier::tasks {
namespace {

/// Hidden shares weigh this much beside a share of the box that is named.
constexpr double weight_of_name = 10, weight_of_neighbour = 2;
/// For each further kind of place: what it may hide more before the earlier kind is left.
constexpr double reluctance = 0.004;
/// Of boxes, that a caption may hide rather than move.
constexpr double small_share = 0.02;

double shared_area(const Plate& plate, double left, double top, double right, double bottom) {
  const double across = std::min<double>(plate.left + plate.width, right) - std::max<double>(plate.left, left),
               down = std::min<double>(plate.top + plate.height, bottom) - std::max<double>(plate.top, top);
  return across > 0 && down > 0 ? across * down : 0;
}

/// Of the plate `other`.
double share_hidden(const Plate& plate, const Plate& other) {
  const double shared = shared_area(plate, other.left, other.top, other.left + other.width, other.top + other.height);
  return shared > 0 ? shared / (static_cast<double>(other.width) * other.height) : 0;
}

/// Of the box; one without area hides behind nothing.
double share_hidden(const Plate& plate, const datasets::Box& box) {
  const double shared = shared_area(plate, box.left, box.top, box.right, box.bottom);
  return shared > 0
             ? shared / ((static_cast<double>(box.right) - box.left) * (static_cast<double>(box.bottom) - box.top))
             : 0;
}

/// The nearest place in the picture; one that is too large begins at its left and upper edge.
Plate moved_in(Plate plate, int width, int height) {
  plate.left = std::max(0, std::min(plate.left, width - plate.width));
  plate.top = std::max(0, std::min(plate.top, height - plate.height));
  return plate;
}

/// Boxes can reach far out of a picture; what is rounded must not.
int pixel(double coordinate) { return static_cast<int>(std::lround(std::clamp(coordinate, -1e6, 1e6))); }

std::array<Plate, 8> candidates(const datasets::Box& box, const Plate& size, NamesStand stand) {
  const int left = pixel(box.left), top = pixel(box.top), right = pixel(box.right), bottom = pixel(box.bottom);
  const auto at = [&](int x, int y) { return Plate{x, y, size.width, size.height}; };
  const int above = top - size.height, below = bottom + 1, flush = right - size.width + 1,
            middle = (top + bottom - size.height) / 2;
  const Plate beside_right = at(right + 2, middle), beside_left = at(left - size.width - 1, middle);
  if (stand == NamesStand::beside)
    return {beside_right,     beside_left,      at(left, above),    at(left, below),
            at(flush, above), at(flush, below), at(right + 2, top), at(right + 2, bottom - size.height)};
  return {at(left, above),  at(flush, above), at(left, below),
          at(flush, below), at(left, top),    at(left, bottom - size.height + 1),
          beside_right,     beside_left};
}

}  // namespace

std::vector<Plate> place_names(std::span<const datasets::Box> boxes, std::span<const Plate> plates, int width,
                               int height, NamesStand stand, std::span<const Plate> taken) {
  std::vector<Plate> placed(taken.begin(), taken.end());
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    Plate best;
    double least = INFINITY, by_kind = 0;
    for (const auto& candidate : candidates(boxes[i], plates[i], stand)) {
      const auto plate = moved_in(candidate, width, height);
      double cost = by_kind;
      for (const auto& other : placed) cost += weight_of_name * share_hidden(plate, other);
      for (std::size_t b = 0; b < boxes.size(); ++b)
        cost += (b == i ? 1 : weight_of_neighbour) * share_hidden(plate, boxes[b]);
      if (cost < least) least = cost, best = plate;
      by_kind += reluctance;
    }
    placed.push_back(best);
  }
  placed.erase(placed.begin(), placed.begin() + static_cast<std::ptrdiff_t>(taken.size()));
  return placed;
}

int place_caption(std::span<const datasets::Box> boxes, Plate& caption, int width, int height, int before) {
  const auto corner = [&](int at) {
    return moved_in({at % 2 ? width : 0, at < 2 ? height : 0, caption.width, caption.height}, width, height);
  };
  const auto hidden = [&](int at) {
    double shares = 0;
    for (const auto& box : boxes) shares += share_hidden(corner(at), box);
    return shares;
  };
  int best = std::clamp(before, 0, 3);
  const double enough = 0.5 * hidden(best);
  for (int at = 0; at < 4; ++at)
    if (enough > small_share / 2 && hidden(at) <= enough && hidden(at) < hidden(best)) best = at;
  caption = corner(best);
  return best;
}

}  // namespace espalier::tasks
