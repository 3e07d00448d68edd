// Passes: Network -> Network, with what was cut, so that optimizer moments, averages and whatever else follows a tensor
// can be cut along. A pass is a function; each can be run, timed and tested by name.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "graph/network.h"

namespace espalier::passes {

/// `tensor` kept only the slices `kept` along `axis`, in that order.
struct Cut {
  std::string tensor;
  int axis = 0;
  std::vector<std::int64_t> kept;
};

struct Rewrite {
  graph::Network network;
  std::vector<Cut> cuts;             ///< applied one after the other
  std::vector<std::string> removed;  ///< tensors that are gone (a folded batch norm's)
};

/// Physically removes channels whose produced slices are masked throughout: weights, masks and per-axis encodings are
/// cut together, attributes (`out`) follow, shapes are inferred again. The float output stays the same to rounding.
/// Masks that then keep everything are dropped. Never removes the last channel of a layer.
Rewrite remove_masked_channels(const graph::Network& network);

/// Folds every batch norm into the convolution or linear before it, by its running statistics: W' = W g/s, b' = beta +
/// (b - mean) g/s with s = sqrt(variance + epsilon). Per-channel weight encodings are scaled by |g/s|, masks stay. The
/// anchor gets a bias.
Rewrite fold_batch_norm(const graph::Network& network);

/// Removes dropout, which does nothing at inference.
Rewrite remove_dropout(const graph::Network& network);

using Pass = std::function<Rewrite(const graph::Network&)>;
/// By name, for Model::rewrite and `trainer list`.
const std::map<std::string, Pass>& standard_passes();

}  // namespace espalier::passes
