// A data set in memory: noisy stripes of four directions.
#pragma once
#include <espalier/base/random.h>
#include <espalier/datasets/dataset.h>

#include <array>
#include <cmath>

class Stripes final : public espalier::datasets::Dataset {
  using Split = espalier::datasets::Split;
  using View = espalier::datasets::View;

 public:
  const std::vector<std::int64_t>& shape() const override { return shape_; }
  const std::vector<std::string>& classes() const override { return classes_; }
  std::int64_t size(Split split) const override { return split == Split::train ? 640 : 200; }
  std::int64_t label(Split, std::int64_t index) const override { return index % 4; }
  /// Same arguments, same bits: all randomness is a function of (seed, purpose, epoch, sample).
  void features(Split split, std::int64_t index, View, std::span<float> out) const override {
    espalier::Random random(1, name_of(split), 0, static_cast<std::uint64_t>(index));
    const std::array<std::array<double, 2>, 4> directions = {{{1, 0}, {0, 1}, {0.7, 0.7}, {0.7, -0.7}}};
    const auto [dy, dx] = directions[static_cast<std::size_t>(index % 4)];
    const double phase = random.uniform(0, 6.28);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto along = dy * static_cast<double>(i / 12) + dx * static_cast<double>(i % 12);
      out[i] = static_cast<float>(std::sin(1.5 * along + phase) + 0.8 * random.normal());
    }
  }

 private:
  std::vector<std::int64_t> shape_ = {1, 12, 12};
  std::vector<std::string> classes_ = {"horizontal", "vertical", "falling", "rising"};
};
