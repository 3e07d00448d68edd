#include "deployment/detector.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "datasets/image_front_end.h"
#include "datasets/picture_part.h"
#include "deployment/input_quantizer.h"
#include "integer/twin.h"
#include "tasks/box_decoding.h"
#include "tasks/centroid_detection.h"

namespace espalier::deployment {
namespace {

const Json& decoding_of(const ExportedModel& model) { return model.front_end.at("decoding"); }

bool is_of(const Json& decoding, const char* type) {
  return decoding.is_map() && decoding.at("type").is_text() && decoding.at("type").text() == type;
}

std::vector<std::string> labels_of(const ExportedModel& model) {
  if (!model.program.labels.empty()) return model.program.labels;
  std::vector<std::string> labels;
  if (const auto& listed = decoding_of(model).at("labels"); listed.is_list())
    for (const auto& item : listed.items()) labels.push_back(item.text());
  return labels;
}

}  // namespace

struct Detector::State {
  State(const ExportedModel& model, double threshold)
      : program(model.program), front_end(model.front_end), twin(program, integer::Arithmetic::tflm, 1) {
    const auto& decoding = decoding_of(model);
    labels = labels_of(model);
    const auto& output = program.activations[static_cast<std::size_t>(program.output)];
    code_scale = output.scale;
    if (is_of(decoding, "boxes")) {
      tasks::BoxGrid grid;
      tasks::SuppressionOptions options;
      tasks::from_json(decoding, model.file, grid, options);
      if (threshold > 0) options.least_score = threshold;
      check(grid.channels() == output.shape.back() && grid.rows * grid.columns * grid.channels() == size_of(output),
            model);
      boxes.emplace(grid, options, output.scale, output.zero_point);
    } else {
      points = tasks::centroid_grid_of(decoding, model.file, least_score);
      if (threshold > 0) least_score = threshold;
      check(points.rows * points.columns * (points.classes + 1) == size_of(output), model);
    }
    const auto& in = program.activations[static_cast<std::size_t>(program.input)];
    check(front_end.elements() == size_of(in), model);
    features.resize(static_cast<std::size_t>(size_of(in)));
    input.resize(features.size());
    answer.resize(static_cast<std::size_t>(size_of(output)));
  }

  static std::int64_t size_of(const integer::Activation& activation) { return integer::elements(activation.shape); }
  static void check(bool holds, const ExportedModel& model) {
    if (!holds) mistake(model.file, "its outputs do not fit the decoding that it carries");
  }

  /// A centroid's cell, as a box.
  std::vector<tasks::FoundBox> cells_of(const std::vector<tasks::Centroid>& found) const {
    std::vector<tasks::FoundBox> all;
    const auto half = static_cast<float>(points.stride) / 2;
    for (const auto& one : found) {
      const auto x = static_cast<float>(one.x), y = static_cast<float>(one.y);
      all.push_back({{x - half, y - half, x + half, y + half, one.label, false}, one.score});
    }
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
    return all;
  }

  std::vector<tasks::FoundBox> find(const datasets::Image& image) {
    front_end.compute(image, features);
    quantize_input(program, step_of(front_end.json()), features, input);
    twin.run(input, 1, answer);
    auto found =
        boxes ? boxes->decode(answer) : cells_of(tasks::decode_centroids(points, least_score, answer, code_scale));
    const auto place = datasets::placement(front_end, image.width, image.height);
    for (auto& one : found) one.box = datasets::in_picture(one.box, place);
    std::erase_if(found,
                  [](const auto& one) { return one.box.right <= one.box.left || one.box.bottom <= one.box.top; });
    return found;
  }

  integer::Program program;
  datasets::ImageFrontEnd front_end;
  integer::Twin twin;
  std::vector<std::string> labels;
  std::optional<tasks::DeviceBoxDecoder> boxes;
  tasks::CentroidGrid points;
  double least_score = 0.5;
  float code_scale = 1;
  std::vector<float> features;
  std::vector<std::int8_t> input, answer;
};

bool Detector::is_one(const ExportedModel& model) {
  return is_of(decoding_of(model), "boxes") || is_of(decoding_of(model), "centroids");
}

Detector::Detector(const ExportedModel& model, double threshold) {
  if (!is_one(model)) mistake(model.file, "does not say how its outputs become boxes; it is no detector");
  state_ = std::make_unique<State>(model, threshold);
}
Detector::~Detector() = default;

Found Detector::find(const datasets::Image& image) const {
  const auto begin = std::chrono::steady_clock::now();
  Found found;
  found.boxes = state_->find(image);
  found.milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  return found;
}

const std::vector<std::string>& Detector::labels() const { return state_->labels; }

void Detector::draw(datasets::Image& image, const Found& found, tasks::Caption* caption) const {
  if (state_->boxes)
    tasks::draw_boxes(image, found.boxes, state_->labels, caption);
  else
    tasks::draw_points(image, found.boxes, state_->labels, caption);
}

}  // namespace espalier::deployment
