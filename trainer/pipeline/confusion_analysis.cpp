#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "pipeline/analysis.h"
#include "tasks/classification.h"

namespace espalier::pipeline {
namespace {

constexpr std::size_t examples_of_a_cell = 3;
constexpr std::int64_t most_picture_elements = 64 * 64 * 3, most_pictured_elements = 256 * 1024;

struct Mistake {
  std::int64_t truth = 0, predicted = 0, index = 0;
  double probability = 0;  ///< of what was predicted
};

std::vector<Mistake> mistakes_of(const tasks::Answers& answers) {
  const auto predictions = answers.predictions();
  std::vector<Mistake> all;
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    const auto truth = answers.targets[i].label, index = static_cast<std::int64_t>(i);
    if (predictions[i] == truth) continue;
    const auto shares = tasks::probabilities(answers.row(index));
    all.push_back({truth, predictions[i], index, shares[static_cast<std::size_t>(predictions[i])]});
  }
  // Of equal confidence the earlier sample first, so that the choice does not depend on the sort.
  std::stable_sort(all.begin(), all.end(),
                   [](const Mistake& a, const Mistake& b) { return a.probability > b.probability; });
  return all;
}

/// Features {channels, height, width} as bytes of a picture, row by row; null where they are none that can be shown.
Json picture_of(const datasets::Dataset& data, std::int64_t index) {
  const auto& shape = data.shape();
  const auto elements = std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
  if (shape.size() != 3 || (shape[0] != 1 && shape[0] != 3) || elements > most_picture_elements) return {};
  std::vector<float> features(static_cast<std::size_t>(elements));
  data.features(datasets::Split::test, index, {}, features);
  const auto [least, most] = std::minmax_element(features.begin(), features.end());
  const float low = *least, span = *most - *least;
  const auto channels = static_cast<std::size_t>(shape[0]), pixels = features.size() / channels;
  const char* digits = "0123456789abcdef";
  std::string bytes;
  for (std::size_t p = 0; p < pixels; ++p)
    for (std::size_t c = 0; c < channels; ++c) {
      const auto value = span > 0 ? std::lround(255 * (features[c * pixels + p] - low) / span) : 0;
      bytes += {digits[value / 16], digits[value % 16]};
    }
  auto picture = Json::map();
  picture.set("height", shape[1]).set("width", shape[2]).set("channels", shape[0]);
  return picture.set("bytes", std::move(bytes));
}

Json examples_of(const std::vector<Mistake>& mistakes, const datasets::Dataset& data) {
  auto examples = Json::list();
  std::map<std::pair<std::int64_t, std::int64_t>, std::size_t> shown;
  std::int64_t room = most_pictured_elements;
  for (const auto& mistake : mistakes) {
    if (shown[{mistake.truth, mistake.predicted}]++ >= examples_of_a_cell) continue;
    auto example = Json::map();
    example.set("truth", mistake.truth).set("predicted", mistake.predicted);
    example.set("id", data.id(datasets::Split::test, mistake.index)).set("probability", mistake.probability);
    if (room > 0) {
      auto picture = picture_of(data, mistake.index);
      if (picture.is_map()) {
        room -= picture.at("height").integer() * picture.at("width").integer() * picture.at("channels").integer();
        example.set("picture", std::move(picture));
      }
    }
    examples.push(std::move(example));
  }
  return examples;
}

}  // namespace

Json confusion_of(const Accuracies& test, const datasets::Dataset& data) {
  const auto& answers = test.integer ? test.integer->answers : test.floating;
  const auto classes = static_cast<std::int64_t>(data.classes().size());
  const auto counted = tasks::confusion(answers.labels(), answers.predictions(), classes);
  auto counts = Json::list();
  for (std::int64_t truth = 0; truth < classes; ++truth) {
    auto row = Json::list();
    for (std::int64_t predicted = 0; predicted < classes; ++predicted) row.push(counted.at(truth, predicted));
    counts.push(std::move(row));
  }
  auto confusion = Json::map();
  confusion.set("on", test.integer ? "integer" : "float").set("counts", std::move(counts));
  return confusion.set("examples", examples_of(mistakes_of(answers), data));
}

}  // namespace espalier::pipeline
