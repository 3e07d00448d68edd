// Six samples of three classes, and a network that knows only two of them.
#pragma once
#include "tasks/answers.h"

namespace espalier::tasks {

struct Birds final : datasets::Dataset {
  std::vector<std::int64_t> shape_ = {1, 1, 1};
  std::vector<std::string> classes_ = {"owl", "tit", "jay"};
  const std::vector<std::int64_t>& shape() const override { return shape_; }
  const std::vector<std::string>& classes() const override { return classes_; }
  std::int64_t size(datasets::Split) const override { return 6; }
  std::int64_t label(datasets::Split, std::int64_t index) const override { return index < 4 ? 0 : index - 3; }
  void features(datasets::Split, std::int64_t index, datasets::View, std::span<float> out) const override {
    out[0] = static_cast<float>(index);
  }
};

/// Says owl to everything but sample 4, of which it says tit.
inline Answers answers_of(const Birds& data) {
  return ask(data, datasets::Split::test, 0, false,
             [](const datasets::Batch& batch, std::vector<float>& values) -> graph::Shape {
               for (const auto sample : batch.samples) {
                 values.push_back(1);
                 values.push_back(sample == 4 ? 2.0f : 0.0f);
                 values.push_back(-1);
               }
               return {3};
             });
}

}  // namespace espalier::tasks
