#include "tasks/answers.h"

#include <cmath>

#include "tasks/classification.h"
#include "tasks/reconstruction.h"

namespace espalier::tasks {

std::vector<std::int8_t> Answers::codes(std::int64_t sample) const {
  const auto numbers = row(sample);
  const auto channels = shape.size() == 3 ? static_cast<std::size_t>(shape[0]) : 1, pixels = numbers.size() / channels;
  std::vector<std::int8_t> all(numbers.size());
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t p = 0; p < pixels; ++p)
      all[p * channels + c] =
          static_cast<std::int8_t>(std::lround(numbers[c * pixels + p] / code_scale) + code_zero_point);
  return all;
}

std::vector<std::int64_t> Answers::labels() const {
  std::vector<std::int64_t> all;
  for (const auto& target : targets) all.push_back(target.label);
  return all;
}

std::vector<std::int64_t> Answers::predictions() const {
  return values.empty() ? std::vector<std::int64_t>{} : argmax_rows(values, width);
}

double Answers::accuracy() const { return agreement(labels(), predictions()); }

/// One number a sample, so that an evaluation holds no features.
static void append_errors(const datasets::Dataset& data, const datasets::Batch& batch, const graph::Shape& shape,
                          std::span<const float> outputs, std::vector<float>& errors) {
  const auto samples = batch.targets.size(), in = batch.features.size() / samples, out = outputs.size() / samples;
  const std::span<const float> features(batch.features);
  for (std::size_t i = 0; i < samples; ++i)
    errors.push_back(static_cast<float>(
        reconstruction_error(data.shape(), features.subspan(i * in, in), shape, outputs.subspan(i * out, out))));
}

Answers ask(const datasets::Dataset& data, datasets::Split split, int workers, bool reconstruction,
            const std::function<graph::Shape(const datasets::Batch&, std::vector<float>&)>& network) {
  datasets::LoaderOptions options;
  options.split = split;
  options.workers = workers;
  datasets::Loader loader(data, options);
  Answers answers;
  std::vector<float> outputs;
  for (datasets::Batch batch; loader.next(batch);) {
    if (reconstruction) {
      outputs.clear();
      const auto shape = network(batch, outputs);
      append_errors(data, batch, shape, outputs, answers.values);
      answers.shape = {1};
    } else {
      answers.shape = network(batch, answers.values);
    }
    answers.targets.insert(answers.targets.end(), batch.targets.begin(), batch.targets.end());
  }
  if (answers.samples() > 0) answers.width = graph::elements(answers.shape);
  return answers;
}

}  // namespace espalier::tasks
