// What may go wrong between the world and the front end, for the recipe's `robustness:`.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "base/random.h"
#include "datasets/dataset.h"

namespace espalier::datasets {

/// A component of kind `disturbance`. Its options name one or several levels of the same harm, each a row of the
/// result.
class Disturbance {
 public:
  virtual ~Disturbance() = default;
  /// The kinds of data that it means something for.
  virtual std::vector<Matter> applies_to() const = 0;
  /// One text a level: "20 dB".
  virtual std::vector<std::string> levels() const = 0;
  /// Why these data of the right matter cannot be disturbed so; empty: they can.
  virtual std::string refusal(const Dataset&) const { return {}; }
  /// How far disturb() moves what a picture shows, given the same `random`.
  virtual Displacement displacement(std::size_t level, Random& random) const { return {}; }
  /// Changes the sample in place, its form stays. `random` is the same for every level of a sample, so that levels
  /// differ in their strength alone. `data` is where background noise comes from.
  virtual void disturb(RawSample& sample, std::size_t level, Random& random, const Dataset& data) const = 0;
};

/// "" where `disturbance` can be done to `data`, else why not.
std::string refusal_of(const Disturbance& disturbance, const Dataset& data);

/// "10 %".
std::string percent_level(double fraction);

}  // namespace espalier::datasets
