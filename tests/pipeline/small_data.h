// Data in memory for networks of any shape: classes told apart by their mean pattern, noise by the counter RNG.
#pragma once
#include "base/random.h"
#include "base/text.h"
#include "datasets/dataset.h"

namespace espalier::pipeline {

class SmallData final : public datasets::Dataset {
 public:
  explicit SmallData(std::vector<std::int64_t> shape, std::int64_t classes = 5) : shape_(std::move(shape)) {
    for (std::int64_t i = 0; i < classes; ++i) classes_.push_back(concat("class", i));
  }
  const std::vector<std::int64_t>& shape() const override { return shape_; }
  const std::vector<std::string>& classes() const override { return classes_; }
  std::int64_t size(datasets::Split) const override { return 60; }
  std::int64_t label(datasets::Split, std::int64_t index) const override {
    return index % static_cast<std::int64_t>(classes_.size());
  }
  void features(datasets::Split split, std::int64_t index, datasets::View, std::span<float> out) const override {
    Random pattern(3, "pattern", 0, static_cast<std::uint64_t>(label(split, index)));
    Random noise(4, datasets::name_of(split), 0, static_cast<std::uint64_t>(index));
    for (auto& value : out) value = static_cast<float>(pattern.normal() + 0.5 * noise.normal());
  }

 private:
  std::vector<std::int64_t> shape_;
  std::vector<std::string> classes_;
};

}  // namespace espalier::pipeline
