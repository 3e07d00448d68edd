// Made-up data whose samples may be disturbed before a front end that changes nothing.
#pragma once
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "datasets/disturbance.h"
#include "schema/document.h"
#include "schema/registry.h"

namespace espalier::datasets {
void enlist(schema::Registry&);
}

namespace espalier::testing {

inline datasets::RawForm sound_form(std::int64_t samples = 400) { return {datasets::Matter::sound, 1, samples, 1}; }
inline datasets::RawForm image_form() { return {datasets::Matter::image, 12, 16, 3}; }
inline datasets::RawForm series_form(std::int64_t sensors = 4) { return {datasets::Matter::series, 1, 50, sensors}; }

/// Ten test samples of positive numbers; sound has background noise on request.
class RawData : public datasets::Dataset {
 public:
  explicit RawData(datasets::RawForm form, bool noisy = false) : form_(form), noisy_(noisy) {}
  const std::vector<std::int64_t>& shape() const override { return shape_; }
  const std::vector<std::string>& classes() const override { return classes_; }
  std::int64_t size(datasets::Split split) const override { return split == datasets::Split::test ? 10 : 0; }
  std::int64_t label(datasets::Split, std::int64_t index) const override { return index % 2; }
  void features(datasets::Split split, std::int64_t index, datasets::View, std::span<float> out) const override {
    features_of_raw(raw(split, index), out);
  }
  std::optional<datasets::RawForm> raw_form() const override { return form_; }
  datasets::RawSample raw(datasets::Split, std::int64_t index) const override {
    Random random(7, "raw", 0, static_cast<std::uint64_t>(index));
    datasets::RawSample sample{form_, std::vector<float>(static_cast<std::size_t>(form_.elements()))};
    for (float& value : sample.values) value = static_cast<float>(random.uniform(1, 200));
    return sample;
  }
  void features_of_raw(const datasets::RawSample& sample, std::span<float> out) const override {
    std::copy(sample.values.begin(), sample.values.end(), out.begin());
  }
  bool background(datasets::Split, Random& random, std::span<float> out) const override {
    if (!noisy_) return false;
    for (float& value : out) value = static_cast<float>(random.uniform(50, 60));
    return true;
  }

 private:
  datasets::RawForm form_;
  bool noisy_;
  std::vector<std::int64_t> shape_ = {form_.channels, form_.height, form_.width};
  std::vector<std::string> classes_ = {"a", "b"};
};

/// The disturbance that a recipe's item describes.
inline std::shared_ptr<datasets::Disturbance> make_disturbance(const std::string& yaml) {
  schema::Registry registry;
  datasets::enlist(registry);
  std::vector<Problem> problems;
  auto made = registry.make<datasets::Disturbance>("disturbance", schema::parse(yaml, "recipe.yaml"), problems);
  refuse(problems);
  return made;
}

/// Sample `index` of `data` after one level of it.
inline datasets::RawSample disturbed(const datasets::Disturbance& disturbance, std::size_t level,
                                     const datasets::Dataset& data, std::int64_t index = 0) {
  auto sample = data.raw(datasets::Split::test, index);
  Random random(1, "robustness", 0, static_cast<std::uint64_t>(index));
  disturbance.disturb(sample, level, random, data);
  return sample;
}

}  // namespace espalier::testing
