// What of a network is encoded, by name: read once from the graph, again after a rewrite.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "graph/network.h"

namespace espalier::quantization {

/// A convolution or linear layer as the device runs it. Empty names: absent.
struct WeightedLayer {
  std::string weight, bias, input, output;
  std::string gamma, beta, running_mean, running_variance;
  double epsilon = 0;
  int axis = 0;  ///< of the weight's output channels
};

struct LayerPlan {
  /// Activations that share one encoding, each in topological order; every layer's output and "input" is in exactly
  /// one.
  std::vector<std::vector<std::string>> groups;
  std::map<std::string, graph::FixedEncoding>
      fixed;  ///< of groups whose operator demands it, by their first activation
  std::vector<WeightedLayer> layers;
};

LayerPlan plan_layers(const graph::Network& network);

}  // namespace espalier::quantization
