// Things in pictures, each a box with a class; the network says for each cell of a grid what is there and where it
// ends.
#include "tasks/object_detection.h"

#include <fmt/core.h>

#include <cmath>

#include "base/error.h"

namespace espalier::tasks {
namespace {

/// Scores below change no average precision that one can see, and only fill the list.
constexpr double least_score_of_scoring = 0.01;

/// Scores are whole steps of 1/65536, which six decimals keep apart.
std::string text_of(const JudgedBoxes& judged) {
  std::string text;
  for (const auto& one : judged.detections)
    if (!one.ignored) text += fmt::format("{}{:+.6f}", text.empty() ? "" : " ", one.right ? one.score : -one.score);
  return text;
}

Json number_or_null(double value) { return std::isnan(value) ? Json() : Json(value); }

}  // namespace

std::string ObjectDetection::objection(const graph::Shape& output, const datasets::Dataset& data) const {
  const auto wanted = outputs(data);
  if (output.size() != 3 || output[0] != wanted)
    return fmt::format(
        "gives {}, a detector of {} classes gives {} channels for each cell: {{ type: conv2d, out: outputs }}",
        graph::text_of(output), data.classes().size(), wanted);
  const auto& shape = data.shape();
  if (shape.size() != 3) return "needs pictures";
  const auto stride = shape[1] / output[1];
  if (stride < 1 || stride > 256 || shape[1] != stride * output[1] || shape[2] != stride * output[2])
    return fmt::format("gives {}x{} cells of a picture of {}x{}; both sides must be the same whole multiple of them",
                       output[1], output[2], shape[1], shape[2]);
  return {};
}

BoxGrid ObjectDetection::grid(const graph::Shape& output, const datasets::Dataset& data) const {
  if (const auto found = objection(output, data); !found.empty()) fail("the network " + found);
  const auto stride = data.shape()[1] / output[1];
  return {output[0] - 5, output[1], output[2], stride, unit_ > 0 ? unit_ : static_cast<double>(stride)};
}

std::vector<FoundInPicture> ObjectDetection::found(const Answers& answers, const datasets::Dataset& data) const {
  std::vector<FoundInPicture> all;
  if (answers.samples() == 0) return all;
  const auto boxes = grid(answers.shape, data);
  auto options = options_;
  options.least_score = least_score_of_scoring;
  options.most_boxes = boxes.rows * boxes.columns;  // of each class the 100 best count, as COCO has it
  std::optional<DeviceBoxDecoder> device;
  if (answers.code_scale > 0) device.emplace(boxes, options, answers.code_scale, answers.code_zero_point);
  for (std::int64_t i = 0; i < answers.samples(); ++i)
    all.push_back({device ? device->decode(answers.codes(i)) : decode_boxes(boxes, options, answers.row(i)),
                   answers.targets[static_cast<std::size_t>(i)].boxes});
  return all;
}

Precisions ObjectDetection::judged(const Answers& answers, const datasets::Dataset& data) const {
  return precisions(found(answers, data), static_cast<std::int64_t>(data.classes().size()));
}

Score ObjectDetection::score(const Answers& answers, const datasets::Dataset& data) const {
  const auto all = judged(answers, data);
  Score score;
  score.more = {{"mAP50", all.map50}, {"mAP", all.map}, {"mAP75", all.map75}, {"voc_mAP50", all.voc50}};
  for (const auto& [name, value] : score.more)
    if (name == metric_) score.value = value;
  return score;
}

Json ObjectDetection::report(const Answers& answers, const datasets::Dataset& data) const {
  const auto all = judged(answers, data);
  auto json = Json::map(), classes = Json::list();
  json.set("mAP50", number_or_null(all.map50)).set("mAP", number_or_null(all.map));
  json.set("mAP75", number_or_null(all.map75)).set("voc_mAP50", number_or_null(all.voc50));
  json.set("samples", answers.samples());
  for (std::size_t c = 0; c < all.map50_of_class.size(); ++c)
    classes.push(Json::map()
                     .set("label", data.classes()[c])
                     .set("AP50", number_or_null(all.map50_of_class[c]))
                     .set("boxes", all.boxes_of_class[c]));
  return json.set("classes", std::move(classes));
}

Lines ObjectDetection::of_samples(const Said& said, const datasets::Dataset& data, datasets::Split split) const {
  Lines lines = {{"sample", "label", "boxes"}};
  std::vector<std::vector<FoundInPicture>> networks;
  for (const auto& [name, answers] : said) {
    lines[0].push_back(name);
    networks.push_back(found(*answers, data));
  }
  for (std::size_t i = 0; !networks.empty() && i < networks[0].size(); ++i)
    for (std::size_t label = 0; label < data.classes().size(); ++label) {
      std::vector<std::string> line = {data.id(split, static_cast<std::int64_t>(i)), data.classes()[label], ""};
      for (const auto& pictures : networks) {
        const auto judged = coco_judgement(std::span(&pictures[i], 1), static_cast<std::int64_t>(label), 0.5);
        line[2] = std::to_string(judged.boxes);
        line.push_back(text_of(judged));
      }
      lines.push_back(std::move(line));
    }
  return lines;
}

Json ObjectDetection::decoding(const datasets::Dataset& data, const graph::Shape& output) const {
  return to_json(grid(output, data), options_);
}

}  // namespace espalier::tasks
