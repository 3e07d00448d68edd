// A split as a disturbance leaves it: another Dataset, so that whatever scores data scores this.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "datasets/disturbance.h"

namespace espalier::datasets {

/// One level of one disturbance; no disturbance: the samples as they are.
struct Harm {
  std::shared_ptr<const Disturbance> disturbance;
  std::size_t level = 0;
};

/// `most` samples of a split in rising order (all: 0), chosen by the seed. Samples that are judged together
/// (Target::group) are chosen together, and count as one.
std::vector<std::int64_t> sample_of(const Dataset& data, Split split, std::int64_t most, std::uint64_t seed);

/// The named samples of one split after `harm`; every other split is empty. What befalls a sample is a function of
/// (seed, the sample's id). `data` must outlive it.
class Disturbed final : public Dataset {
 public:
  Disturbed(const Dataset& data, Split split, std::vector<std::int64_t> samples, Harm harm, std::uint64_t seed)
      : data_(data), split_(split), samples_(std::move(samples)), harm_(std::move(harm)), seed_(seed) {}

  const std::vector<std::int64_t>& shape() const override { return data_.shape(); }
  const std::vector<std::string>& classes() const override { return data_.classes(); }
  const std::vector<std::string>& sources() const override { return data_.sources(); }
  std::int64_t size(Split split) const override {
    return split == split_ ? static_cast<std::int64_t>(samples_.size()) : 0;
  }
  std::int64_t label(Split split, std::int64_t index) const override { return data_.label(split, of(index)); }
  Target target(Split split, std::int64_t index) const override;
  std::string id(Split split, std::int64_t index) const override { return data_.id(split, of(index)); }
  Json front_end() const override { return data_.front_end(); }
  void features(Split split, std::int64_t index, View view, std::span<float> out) const override;

 private:
  Random random_of(Split split, std::int64_t from) const;
  std::int64_t of(std::int64_t index) const { return samples_.at(static_cast<std::size_t>(index)); }

  const Dataset& data_;
  Split split_;
  std::vector<std::int64_t> samples_;
  Harm harm_;
  std::uint64_t seed_;
};

}  // namespace espalier::datasets
