#include "tasks/centroid_detection.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "device_runtime/centroid_decoder.h"

namespace espalier::tasks {
namespace {

double logit(double share) { return std::log(share / (1 - share)); }

Centroid centroid_at(const CentroidGrid& grid, std::int64_t row, std::int64_t column, std::int64_t label,
                     double margin) {
  const auto middle = [&](std::int64_t cell) {
    return (static_cast<double>(cell) + 0.5) * static_cast<double>(grid.stride);
  };
  return {middle(column), middle(row), label, 1 / (1 + std::exp(-margin))};
}

/// Does the point lie in the box, or at most `reach` outside of it?
bool is_in(const Centroid& point, const datasets::Box& box, double reach) {
  return point.x >= box.left - reach && point.x <= box.right + reach && point.y >= box.top - reach &&
         point.y <= box.bottom + reach;
}

double distance(const Centroid& point, const datasets::Box& box) {
  return std::hypot(point.x - (static_cast<double>(box.left) + box.right) / 2,
                    point.y - (static_cast<double>(box.top) + box.bottom) / 2);
}

/// The surest class of a float cell and its margin over nothing.
std::pair<std::int64_t, double> said(const CentroidGrid& grid, std::span<const float> outputs, std::int64_t cell) {
  const auto cells = grid.rows * grid.columns;
  const auto at = [&](std::int64_t channel) { return outputs[static_cast<std::size_t>(channel * cells + cell)]; };
  std::int64_t best = 1;
  for (std::int64_t c = 2; c <= grid.classes; ++c)
    if (at(c) > at(best)) best = c;
  return {best - 1, static_cast<double>(at(best)) - at(0)};
}

}  // namespace

espalier_centroid_decoder device_decoder(const CentroidGrid& grid, double score_threshold, float scale) {
  espalier_centroid_decoder decoder{};
  decoder.rows = static_cast<std::int32_t>(grid.rows);
  decoder.columns = static_cast<std::int32_t>(grid.columns);
  decoder.classes = static_cast<std::int32_t>(grid.classes);
  decoder.least_margin =
      static_cast<std::int32_t>(std::clamp(std::ceil(logit(score_threshold) / scale), -255.0, 255.0));
  return decoder;
}

std::vector<Centroid> decode_centroids(const CentroidGrid& grid, double score_threshold,
                                       std::span<const std::int8_t> outputs, float scale) {
  const auto decoder = device_decoder(grid, score_threshold, scale);
  std::vector<espalier_centroid> found(static_cast<std::size_t>(grid.rows * grid.columns));
  const auto count =
      espalier_decode_centroids(&decoder, outputs.data(), found.data(), static_cast<std::int32_t>(found.size()));
  if (count < 0) fail("the device's centroid decoder refuses this model's grid");
  std::vector<Centroid> all;
  for (std::int32_t i = 0; i < count; ++i) {
    const auto& one = found[static_cast<std::size_t>(i)];
    all.push_back(centroid_at(grid, one.row, one.column, one.label, static_cast<double>(scale) * one.margin));
  }
  return all;
}

std::vector<Centroid> decode_centroids(const CentroidGrid& grid, double score_threshold,
                                       std::span<const float> outputs) {
  std::vector<Centroid> all;
  for (std::int64_t row = 0; row < grid.rows; ++row)
    for (std::int64_t column = 0; column < grid.columns; ++column) {
      const auto [label, margin] = said(grid, outputs, row * grid.columns + column);
      bool outdone = margin < logit(score_threshold);
      for (std::int64_t y = std::max<std::int64_t>(row - 1, 0); y <= std::min(row + 1, grid.rows - 1); ++y)
        for (std::int64_t x = std::max<std::int64_t>(column - 1, 0); x <= std::min(column + 1, grid.columns - 1); ++x) {
          if (y == row && x == column) continue;
          const auto [other, surer] = said(grid, outputs, y * grid.columns + x);
          const bool comes_first = y < row || (y == row && x < column);
          outdone = outdone || (other == label && (surer > margin || (surer == margin && comes_first)));
        }
      if (!outdone) all.push_back(centroid_at(grid, row, column, label, margin));
    }
  return all;
}

double CentroidDetection::Count::f1() const {
  return found + there ? 2 * static_cast<double>(right) / static_cast<double>(found + there) : 0;
}

std::string CentroidDetection::objection(const graph::Shape& output, const datasets::Dataset& data) const {
  const auto wanted = outputs(data);
  if (output.size() != 3 || output[0] != wanted)
    return fmt::format("gives {}, {} classes need {} channels for each cell: {{ type: conv2d, out: outputs }}",
                       graph::text_of(output), data.classes().size(), wanted);
  const auto& shape = data.shape();
  if (shape.size() != 3) return "needs pictures";
  const auto stride = shape[1] / output[1];
  if (stride < 1 || shape[1] != stride * output[1] || shape[2] != stride * output[2])
    return fmt::format("gives {}x{} cells of a picture of {}x{}; both sides must be the same whole multiple of them",
                       output[1], output[2], shape[1], shape[2]);
  return {};
}

CentroidGrid CentroidDetection::grid(const graph::Shape& output, const datasets::Dataset& data) const {
  if (const auto found = objection(output, data); !found.empty()) fail("the network " + found);
  return {output[0] - 1, output[1], output[2], data.shape()[1] / output[1]};
}

std::vector<CentroidDetection::Count> CentroidDetection::counted(const Answers& answers,
                                                                 const datasets::Dataset& data) const {
  std::vector<Count> counts(data.classes().size());
  if (answers.samples() == 0) return counts;
  const auto cells = grid(answers.shape, data);
  const double reach = static_cast<double>(cells.stride) / 2;
  for (std::int64_t i = 0; i < answers.samples(); ++i) {
    const auto points = answers.code_scale > 0
                            ? decode_centroids(cells, threshold_, answers.codes(i), answers.code_scale)
                            : decode_centroids(cells, threshold_, answers.row(i));
    const auto& boxes = answers.targets[static_cast<std::size_t>(i)].boxes;
    for (const auto& box : boxes) counts[static_cast<std::size_t>(box.label)].there += !box.ignored;
    std::vector<bool> taken(boxes.size());
    for (const auto& point : points) {
      std::size_t nearest = boxes.size();
      bool ignored = false;
      for (std::size_t b = 0; b < boxes.size(); ++b) {
        if (boxes[b].label != point.label || taken[b] || !is_in(point, boxes[b], reach)) continue;
        if (boxes[b].ignored)
          ignored = true;
        else if (nearest == boxes.size() || distance(point, boxes[b]) < distance(point, boxes[nearest]))
          nearest = b;
      }
      auto& count = counts[static_cast<std::size_t>(point.label)];
      if (nearest < boxes.size())
        taken[nearest] = true, ++count.right, ++count.found;
      else
        count.found += !ignored;
    }
  }
  return counts;
}

CentroidDetection::Count CentroidDetection::sum_of(const std::vector<Count>& counts) {
  Count sum;
  for (const auto& count : counts) sum.right += count.right, sum.found += count.found, sum.there += count.there;
  return sum;
}

Score CentroidDetection::score(const Answers& answers, const datasets::Dataset& data) const {
  const auto sum = sum_of(counted(answers, data));
  Score score;
  score.value = sum.f1();
  score.more = {{"F1", sum.f1()}, {"precision", sum.precision()}, {"recall", sum.recall()}};
  return score;
}

Json CentroidDetection::report(const Answers& answers, const datasets::Dataset& data) const {
  const auto counts = counted(answers, data);
  const auto entry = [](const Count& count) {
    auto json = Json::map();
    json.set("F1", count.f1()).set("precision", count.precision()).set("recall", count.recall());
    return json.set("things", count.there);
  };
  auto json = entry(sum_of(counts)), classes = Json::list();
  for (std::size_t c = 0; c < counts.size(); ++c) classes.push(entry(counts[c]).set("label", data.classes()[c]));
  return json.set("samples", answers.samples()).set("classes", std::move(classes));
}

Json CentroidDetection::decoding(const datasets::Dataset& data, const graph::Shape& output) const {
  const auto cells = grid(output, data);
  auto json = Json::map();
  json.set("type", "centroids").set("classes", cells.classes).set("rows", cells.rows).set("columns", cells.columns);
  json.set("stride", cells.stride).set("least_score", threshold_);
  return json.set("labels", Json::list_of(data.classes()));
}

CentroidGrid centroid_grid_of(const Json& json, const std::string& origin, double& score_threshold) {
  const auto number = [&](const char* key, double low, double high) {
    const auto& value = json.at(key);
    if (!value.is_number() || !(value.number() >= low && value.number() <= high))
      mistake(origin, fmt::format("its decoding of points has no '{}' within {} and {}", key, low, high));
    return value.number();
  };
  const auto whole = [&](const char* key, double high) { return static_cast<std::int64_t>(number(key, 1, high)); };
  score_threshold = number("least_score", 0.01, 0.99);
  return {whole("classes", 1024), whole("rows", 1024), whole("columns", 1024), whole("stride", 1024)};
}

}  // namespace espalier::tasks
