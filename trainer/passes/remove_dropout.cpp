#include "passes/rewrite.h"
#include "passes/splice.h"

namespace espalier::passes {

Rewrite remove_dropout(const graph::Network& network) {
  Rewrite result{network, {}, {}};
  for (const auto& node : network.nodes) {
    if (node.op->encoding != graph::EncodingTrait::none || !result.network.find(node.name)) continue;
    splice_out(result.network, node.name);
    result.network.encodings.erase(node.name);
  }
  return result;
}

}  // namespace espalier::passes
