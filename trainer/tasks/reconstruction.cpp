#include "tasks/reconstruction.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace espalier::tasks {

std::int64_t input_element(const graph::Shape& input, const graph::Shape& output, std::int64_t index) {
  if (input.size() != 3 || output.size() == 3) return index;
  const auto channels = input[0], pixels = input[1] * input[2];
  return index % channels * pixels + index / channels;
}

double reconstruction_error(const graph::Shape& input_shape, std::span<const float> input,
                            const graph::Shape& output_shape, std::span<const float> output) {
  if (input.size() != output.size() || input.empty())
    fail(fmt::format("{} numbers cannot give back {}", output.size(), input.size()));
  double sum = 0;
  for (std::size_t i = 0; i < output.size(); ++i) {
    const auto from = input_element(input_shape, output_shape, static_cast<std::int64_t>(i));
    const double difference = static_cast<double>(output[i]) - input[static_cast<std::size_t>(from)];
    sum += difference * difference;
  }
  return sum / static_cast<double>(output.size());
}

DeviceReconstruction::DeviceReconstruction(const Codes& input, const Codes& output, std::int64_t elements) {
  const double coarser = std::max(input.scale, output.scale);
  if (!(input.scale > 0 && output.scale > 0 && std::isfinite(coarser)))
    fail("a reconstruction needs encodings with positive scales");
  if (elements < 1 || elements > 65536)
    fail(fmt::format("a reconstruction of {} numbers; the device compares at most 65,536", elements));
  const auto multiplier = [&](float scale) {
    return static_cast<std::int32_t>(std::lround(scale / coarser * ESPALIER_RECONSTRUCTION_STEPS));
  };
  reconstruction_ = {static_cast<std::int32_t>(elements), input.zero_point, output.zero_point, multiplier(input.scale),
                     multiplier(output.scale)};
  unit_ = std::pow(coarser / ESPALIER_RECONSTRUCTION_STEPS, 2);
}

double DeviceReconstruction::error(std::span<const std::int8_t> input, std::span<const std::int8_t> output) const {
  const auto elements = static_cast<std::size_t>(reconstruction_.elements);
  if (input.size() != elements || output.size() != elements)
    fail(fmt::format("{} codes cannot give back {}", output.size(), input.size()));
  const auto found = espalier_reconstruction_error(&reconstruction_, input.data(), output.data());
  if (found == UINT64_MAX) fail("the device refuses this model's encodings");
  return static_cast<double>(found) * unit_;
}

}  // namespace espalier::tasks
