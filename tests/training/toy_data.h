// A small data set in memory: three classes told apart by where their energy lies, with noise by the counter RNG.
#pragma once
#include "base/random.h"
#include "datasets/dataset.h"

namespace espalier::training {

class ToyData final : public datasets::Dataset {
 public:
  explicit ToyData(std::int64_t train = 120, std::int64_t views = 0) : train_(train), views_(views) {}
  const std::vector<std::int64_t>& shape() const override { return shape_; }
  const std::vector<std::string>& classes() const override { return classes_; }
  std::int64_t size(datasets::Split split) const override { return split == datasets::Split::train ? train_ : 60; }
  std::int64_t label(datasets::Split, std::int64_t index) const override { return index % 3; }
  std::string id(datasets::Split split, std::int64_t index) const override {
    return datasets::name_of(split) + "/" + std::to_string(index);
  }
  void features(datasets::Split split, std::int64_t index, datasets::View view, std::span<float> out) const override {
    Random random(5, "toy." + datasets::name_of(split), 0, static_cast<std::uint64_t>(index));
    Random shake(6, "shake", views_ > 0 ? view.epoch % static_cast<std::uint64_t>(views_) : view.epoch,
                 static_cast<std::uint64_t>(index));
    const auto c = static_cast<std::size_t>(index % 3);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const bool lit = i / 18 == c;
      out[i] =
          static_cast<float>((lit ? 1.5 : 0) + 0.6 * random.normal() + (view.augmented ? 0.2 * shake.normal() : 0));
    }
  }
  std::int64_t views() const override { return views_; }
  std::vector<float> features_of_file(const std::string&) const override { return {}; }
  Json front_end() const override { return Json::map(); }
  std::string summary() const override { return "toy data"; }

 private:
  std::int64_t train_, views_;
  std::vector<std::int64_t> shape_ = {1, 9, 6};
  std::vector<std::string> classes_ = {"low", "middle", "high"};
};

}  // namespace espalier::training
