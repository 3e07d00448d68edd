#include "passes/splice.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace espalier::passes {

void erase_tensor(graph::Network& network, const std::string& tensor) {
  network.weights.erase(tensor);
  network.masks.erase(tensor);
  network.encodings.erase(tensor);
}

void splice_out(graph::Network& network, const std::string& name) {
  const std::string input = network.node(name).inputs[0];
  if (network.nodes.back().name == name) {
    while (network.nodes.back().name != input) {
      const auto& dead = network.nodes.back();
      if (dead.name != name)
        for (const auto& slot : network.slots(dead)) erase_tensor(network, concat(dead.name, ".", slot.name));
      network.nodes.pop_back();
    }
    return;
  }
  std::erase_if(network.nodes, [&](const graph::Node& node) { return node.name == name; });
  for (auto& node : network.nodes) std::replace(node.inputs.begin(), node.inputs.end(), name, input);
}

void set_attribute(graph::Node& node, const std::string& key, const std::string& text) {
  auto attributes = node.op->resolved(node.attributes);
  attributes.set(key, schema::Value::scalar(text));
  std::vector<Problem> problems;
  node.attributes = node.op->read(attributes, concat(node.op->key, " '", node.name, "'"), problems);
  if (!problems.empty())
    fail(concat("attribute ", key, " of '", node.name, "' cannot become ", text, ": ", problems[0].text));
}

}  // namespace espalier::passes
