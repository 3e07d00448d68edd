// What the two writers of float graphs share. Private to writer.cpp and dynamic_writer.cpp.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "exporting/onnx/graph_builder.h"
#include "exporting/onnx/writer.h"
#include "graph/network.h"

namespace espalier::exporting::onnx {

struct Layer {
  const graph::Network& network;
  const graph::Node& node;
  GraphBuilder& graph;

  const std::vector<std::string>& in() const { return node.inputs; }
  /// Writes the node, named as the layer.
  void add(const char* op_type, const std::vector<std::string>& inputs,
           const std::vector<Attribute>& attributes = {}) const {
    graph.node(op_type, node.name, inputs, attributes);
  }
  /// The layer's input, then those of its weights that it has.
  std::vector<std::string> with_weights(std::initializer_list<const char*> slots) const;
};

/// A value inside a layer, by a name that no layer and no tensor has: theirs are without slashes.
std::string inner(const Layer& layer, const std::string& what);

using Handler = std::function<void(const Layer&)>;

/// The whole file, batch norm folded; an operator that `instead` names is written by its handler there.
std::vector<std::uint8_t> write_float(const graph::Network& network, const Metadata& metadata,
                                      const std::map<std::string, Handler>& instead);

}  // namespace espalier::exporting::onnx
