// What a network said to the samples of a split, beside what it should have said.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "datasets/dataset.h"
#include "graph/tensor.h"

namespace espalier::tasks {

struct Answers {
  std::int64_t width = 0;  ///< numbers that the network gives for a sample
  graph::Shape shape;      ///< of them
  /// [samples][width]; maps lie as the graph has them: {channels, height, width}. Where a task is_reconstruction(), of
  /// each sample the mean squared difference of output and input, in place of the output: width 1.
  std::vector<float> values;
  std::vector<datasets::Target> targets;
  float code_scale = 0;  ///< where `values` are an integer program's: code_scale * (code - code_zero_point); else 0
  std::int32_t code_zero_point = 0;

  std::int64_t samples() const { return static_cast<std::int64_t>(targets.size()); }
  /// Of one sample, `width` numbers.
  std::span<const float> row(std::int64_t sample) const {
    return std::span(values).subspan(static_cast<std::size_t>(sample * width), static_cast<std::size_t>(width));
  }
  /// Of an integer program: the device's own bytes of one sample; maps lie as it has them, {height, width, channels}.
  std::vector<std::int8_t> codes(std::int64_t sample) const;
  /// Targets' labels.
  std::vector<std::int64_t> labels() const;
  /// Index of each row's largest value, the first of equals: what a classifier says.
  std::vector<std::int64_t> predictions() const;
  /// Share of samples whose prediction is their label; NaN without samples.
  double accuracy() const;
};

/// Runs `network(batch, values)` over a split, unaugmented, in its own order; it appends [N][width] to `values` and
/// gives the shape of one answer. `reconstruction`: see Answers::values.
Answers ask(const datasets::Dataset& data, datasets::Split split, int workers, bool reconstruction,
            const std::function<graph::Shape(const datasets::Batch& batch, std::vector<float>& values)>& network);

}  // namespace espalier::tasks
