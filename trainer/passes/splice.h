// Small edits of a network that several passes make.
#pragma once
#include <string>

#include "graph/network.h"

namespace espalier::passes {

/// Takes the node `name`, which has one input, out of the network: its consumers read its input instead. Where it was
/// the output, its input becomes it, and nodes that nothing else led to the output go with their weights. Its own
/// weights, masks and encodings are left to the caller.
void splice_out(graph::Network& network, const std::string& name);

/// Sets one attribute by its key in model files ("out" to "48"), whatever the operator's type.
void set_attribute(graph::Node& node, const std::string& key, const std::string& text);

/// Removes a tensor's weight, mask and encoding.
void erase_tensor(graph::Network& network, const std::string& tensor);

}  // namespace espalier::passes
