// The integers behind a layer's weights and bias: divided by their scale, rounded, proved to lie on their grid.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "graph/network.h"

namespace espalier::integer {

struct WeightCodes {
  std::vector<std::int8_t> weights;  ///< in the graph's layout, output channels first, in [-127, 127]
  std::vector<float> scale;          ///< one, or one for each output channel
  std::vector<std::int32_t> bias;    ///< one for each output channel, in units of input_scale * scale
};

/// Codes of `layer`.weight and, where there is one, `layer`.bias. `each_channel`: a single scale is repeated for every
/// output channel. An output channel whose weights are all zero lies on any grid: where its own scale would leave the
/// range that the runtimes can rescale by ([2^-32, 2^8)), or its bias int32, it gets one that does not. Throws
/// Error(failed) that names the tensor: no encoding, one that is not symmetric int8, a weight off its grid by more than
/// 1/100 of a step or outside of [low, high], a bias or a rescaling that leaves its range.
WeightCodes weight_codes(const graph::Network& network, const std::string& layer, float input_scale, float output_scale,
                         bool each_channel);

}  // namespace espalier::integer
