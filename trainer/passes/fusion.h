// Which nodes run as one layer on a device: convolution or linear, the batch norm that folds into it, the clamp that
// fuses.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "graph/network.h"

namespace espalier::passes {

/// A chain anchor -> [batch_norm] -> [relu | relu6], each the only consumer of the one before. Every node of a network
/// is in exactly one layer; a node that fuses with nothing is a layer of its own. Dropout is left out of chains: it
/// belongs to the layer whose output it passes on.
struct Layer {
  std::string anchor;      ///< the node that computes (or a lone batch norm or clamp)
  std::string batch_norm;  ///< "" without
  std::string clamp;       ///< "" without; the node's operator is relu or relu6
  std::string output;  ///< the last node of the chain: the activation that other layers read, and its encoding's name
  std::vector<std::string> inputs;  ///< outputs of other layers (dropout looked through)
};

/// In topological order.
std::vector<Layer> fuse(const graph::Network& network);

/// For each layer's output the one whose encoding it must share: pooling, concat and flatten tie their inputs and
/// output together (union-find; the representative is the first in topological order). An output tied to none stands
/// for itself. An output of fixed encoding ties only to what reads nothing but outputs of this encoding; the
/// representative of such a group is one whose operator demands it.
std::map<std::string, std::string> encoding_groups(const graph::Network& network);

}  // namespace espalier::passes
