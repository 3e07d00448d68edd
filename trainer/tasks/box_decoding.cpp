#include "tasks/box_decoding.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/text.h"

namespace espalier::tasks {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

std::uint16_t in_steps_of_score(double share) {
  return static_cast<std::uint16_t>(std::clamp(std::lround(65536 * share), 0L, 65535L));
}

/// A coordinate in the device's steps, cut at the picture's edges.
std::int32_t in_box_steps(double pixels, double side) {
  return static_cast<std::int32_t>(std::lround(ESPALIER_BOX_STEPS * std::clamp(pixels, 0.0, side)));
}

FoundBox found_of(const espalier_box& box) {
  const auto pixels = [](std::int32_t steps) { return static_cast<float>(steps) / ESPALIER_BOX_STEPS; };
  FoundBox found;
  found.box = {pixels(box.left), pixels(box.top), pixels(box.right), pixels(box.bottom), box.label, false};
  found.score = box.score / 65536.0;
  return found;
}

/// One for each cell, as far as the decoder takes them: with less, the many cells of things of which the network is
/// sure would crowd out the others before those cells are told to be one.
std::vector<espalier_box> room_for_candidates(std::int64_t cells) {
  constexpr std::int64_t most_of_decoder = 65535;
  return std::vector<espalier_box>(static_cast<std::size_t>(std::min(cells, most_of_decoder)));
}

/// Of `count` boxes after suppression, the best first.
std::vector<FoundBox> best_of(std::span<const espalier_box> boxes, std::int32_t count, std::int64_t most) {
  std::vector<FoundBox> all;
  for (const auto& box : boxes.first(static_cast<std::size_t>(std::min<std::int64_t>(count, most))))
    all.push_back(found_of(box));
  return all;
}

std::int32_t in_steps_of_overlap(double share) { return static_cast<std::int32_t>(std::lround(32768 * share)); }

}  // namespace

std::vector<FoundBox> decode_boxes(const BoxGrid& grid, const SuppressionOptions& options,
                                   std::span<const float> outputs) {
  const auto cells = static_cast<std::size_t>(grid.rows * grid.columns),
             classes = static_cast<std::size_t>(grid.classes);
  if (outputs.size() != cells * static_cast<std::size_t>(grid.channels()))
    fail(concat("a detector's outputs are ", outputs.size(), " numbers, not ", cells * (classes + 5)));
  const auto at = [&](std::size_t channel, std::size_t cell) { return outputs[channel * cells + cell]; };
  const double width = static_cast<double>(grid.columns * grid.stride),
               height = static_cast<double>(grid.rows * grid.stride);
  auto boxes = room_for_candidates(grid.rows * grid.columns);
  std::int32_t count = 0;
  for (std::size_t cell = 0; cell < cells; ++cell) {
    std::size_t best = 0;
    for (std::size_t c = 1; c < classes; ++c)
      if (at(c, cell) > at(best, cell)) best = c;
    const auto score = in_steps_of_score(sigmoid(at(best, cell)) * sigmoid(at(classes + 4, cell)));
    if (score < in_steps_of_score(options.least_score)) continue;
    const auto columns = static_cast<std::size_t>(grid.columns);
    const double x = (static_cast<double>(cell % columns) + 0.5) * static_cast<double>(grid.stride),
                 y = (static_cast<double>(cell / columns) + 0.5) * static_cast<double>(grid.stride);
    const auto distance = [&](std::size_t side) { return grid.unit * at(classes + side, cell); };
    const espalier_box box = {in_box_steps(x - distance(0), width), in_box_steps(y - distance(1), height),
                              in_box_steps(x + distance(2), width), in_box_steps(y + distance(3), height),
                              static_cast<std::int32_t>(best),      score};
    if (box.right <= box.left || box.bottom <= box.top) continue;
    count = espalier_keep_box(box, boxes.data(), count, static_cast<std::int32_t>(boxes.size()));
  }
  count = espalier_suppress_boxes(boxes.data(), count, in_steps_of_overlap(options.most_overlap));
  return best_of(boxes, count, options.most_boxes);
}

DeviceBoxDecoder::DeviceBoxDecoder(const BoxGrid& grid, const SuppressionOptions& options, float scale,
                                   std::int32_t zero_point)
    : most_boxes_(options.most_boxes) {
  for (std::int32_t code = -128; code < 128; ++code)
    sigmoid_[static_cast<std::size_t>(code + 128)] =
        in_steps_of_score(sigmoid(static_cast<double>(scale) * (code - zero_point)));
  decoder_.rows = static_cast<std::int32_t>(grid.rows);
  decoder_.columns = static_cast<std::int32_t>(grid.columns);
  decoder_.classes = static_cast<std::int32_t>(grid.classes);
  decoder_.stride = static_cast<std::int32_t>(grid.stride);
  decoder_.zero_point = zero_point;
  // Beyond these ends (networks that learned nothing) every box is a point, or reaches from edge to edge.
  decoder_.distance =
      static_cast<std::int32_t>(std::clamp(std::round(65536.0 * ESPALIER_BOX_STEPS * grid.unit * scale), 1.0, 0x1p30));
  decoder_.least_score = in_steps_of_score(options.least_score);
  decoder_.most_overlap = in_steps_of_overlap(options.most_overlap);
  decoder_.sigmoid = sigmoid_.data();
}

std::vector<FoundBox> DeviceBoxDecoder::decode(std::span<const std::int8_t> outputs) const {
  const auto wanted = static_cast<std::size_t>(decoder_.rows) * static_cast<std::size_t>(decoder_.columns) *
                      static_cast<std::size_t>(decoder_.classes + 5);
  if (outputs.size() != wanted) fail(concat("a detector's outputs are ", outputs.size(), " codes, not ", wanted));
  auto boxes = room_for_candidates(static_cast<std::int64_t>(decoder_.rows) * decoder_.columns);
  const auto count =
      espalier_decode_boxes(&decoder_, outputs.data(), boxes.data(), static_cast<std::int32_t>(boxes.size()));
  if (count < 0) fail("the device's box decoder refuses this model's grid");
  return best_of(boxes, count, most_boxes_);
}

Json to_json(const BoxGrid& grid, const SuppressionOptions& options) {
  auto json = Json::map();
  json.set("type", "boxes").set("classes", grid.classes).set("rows", grid.rows).set("columns", grid.columns);
  json.set("stride", grid.stride).set("unit", grid.unit).set("least_score", options.least_score);
  return json.set("most_overlap", options.most_overlap).set("most_boxes", options.most_boxes);
}

void from_json(const Json& json, const std::string& origin, BoxGrid& grid, SuppressionOptions& options) {
  const auto number = [&](const char* key, double low, double high) {
    if (!json.at(key).is_number()) mistake(origin, concat("its box decoding has no number '", key, "'"));
    const double value = json.at(key).number();
    if (!(value >= low && value <= high)) mistake(origin, concat("its box decoding has a wrong '", key, "'"));
    return value;
  };
  const auto whole = [&](const char* key, double high) { return static_cast<std::int64_t>(number(key, 1, high)); };
  grid = {whole("classes", 1024), whole("rows", 1024), whole("columns", 1024), whole("stride", 256),
          number("unit", 1e-3, 1024)};
  options = {number("least_score", 0, 1), number("most_overlap", 0, 1), whole("most_boxes", 65535)};
}

}  // namespace espalier::tasks
