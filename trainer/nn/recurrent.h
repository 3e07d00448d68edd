// How recurrent layers compute: ATen's own lstm and gru, forward and backward.
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

#include "graph/network.h"

namespace espalier::nn {

/// x: [N, channels, height, width]; `weights` in the order of the node's slots. Returns the last states [N, directions
/// * hidden], or all of them as an image (graph/operators/recurrent.h).
at::Tensor run_recurrent(const graph::Network& network, const graph::Node& node, const at::Tensor& x,
                         const std::vector<at::Tensor>& weights);

}  // namespace espalier::nn
