// Which slices of which weights belong to one channel: residual additions, depthwise layers, concatenation and
// flattening couple them. After the coupled-channel view of Fang et al. 2023 ("DepGraph", arXiv:2301.12900), read from
// the operators' traits.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "graph/network.h"

namespace espalier::passes {

/// One slice of a weight tensor ("stem.weight", axis 0, index 5).
struct Slice {
  std::string tensor;
  int axis = 0;
  std::int64_t index = 0;
};

/// A channel, or several that a residual Add or a product makes one: they live and die together.
struct ChannelGroup {
  std::vector<Slice> produced;         ///< output slices of weights, biases, gammas, betas and running statistics
  std::vector<Slice> consumed;         ///< input slices of the weights that read the channel
  std::vector<std::string> producers;  ///< nodes that produce it, in topological order: the layer(s) that it counts for
  /// False for the network's input and output channels, and where a layer would read something else than zero once
  /// nothing is produced: sigmoid(0) is not 0.
  bool prunable = true;
  std::int64_t macs = 0;  ///< of one sample that its removal saves on its own (output side plus input side)
};

/// Every channel of every producing node, ordered by first producer and index.
std::vector<ChannelGroup> channel_groups(const graph::Network& network);

}  // namespace espalier::passes
