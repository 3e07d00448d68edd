// How far what a network gives back lies from what it was given.
#pragma once
#include <cstdint>
#include <span>

#include "device_runtime/reconstruction_error.h"
#include "graph/tensor.h"

namespace espalier::tasks {

/// Which element of an input {channels, height, width} the `index`-th of an output gives back: of a flat output the
/// device's order, channels last; of a map the graph's own.
std::int64_t input_element(const graph::Shape& input, const graph::Shape& output, std::int64_t index);

/// Mean squared difference of equally many elements. input: features, channels first.
double reconstruction_error(const graph::Shape& input_shape, std::span<const float> input,
                            const graph::Shape& output_shape, std::span<const float> output);

/// An int8 tensor's encoding: scale * (code - zero_point).
struct Codes {
  float scale = 1;
  std::int32_t zero_point = 0;
};

/// The device's own measure over codes as it has them.
class DeviceReconstruction {
 public:
  /// Throws Error(failed) for scales that are not positive and for more elements than the device takes.
  DeviceReconstruction(const Codes& input, const Codes& output, std::int64_t elements);
  /// Mean squared difference in the features' unit.
  double error(std::span<const std::int8_t> input, std::span<const std::int8_t> output) const;
  const espalier_reconstruction& reconstruction() const { return reconstruction_; }
  /// What one step of the device's number is worth.
  double unit() const { return unit_; }

 private:
  espalier_reconstruction reconstruction_{};
  double unit_ = 1;
};

}  // namespace espalier::tasks
