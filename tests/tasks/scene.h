// Pictures of cups and cats that nobody has to see: a data set that has shape and classes alone.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "datasets/dataset.h"

namespace espalier::tasks {

struct Scene : datasets::Dataset {
  explicit Scene(std::int64_t height, std::int64_t width) : shape_{3, height, width} {}
  const std::vector<std::int64_t>& shape() const override { return shape_; }
  const std::vector<std::string>& classes() const override { return classes_; }
  std::int64_t size(datasets::Split) const override { return 1; }
  std::int64_t label(datasets::Split, std::int64_t) const override { return 0; }
  void features(datasets::Split, std::int64_t, datasets::View, std::span<float>) const override {}

 private:
  std::vector<std::int64_t> shape_;
  std::vector<std::string> classes_ = {"cup", "cat"};
};

}  // namespace espalier::tasks
