// The messages of an ONNX graph, one after the other as they are written: nodes, initializers, the two ends.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "graph/tensor.h"

namespace espalier::exporting::onnx {

struct Attribute {
  std::string name;
  std::variant<std::int64_t, float, std::vector<std::int64_t>> value;
};

class GraphBuilder {
 public:
  /// A node's only output has the node's name.
  void node(const std::string& op_type, const std::string& name, const std::vector<std::string>& inputs,
            const std::vector<Attribute>& attributes = {});
  /// Several outputs; the node is named `name`.
  void node(const std::string& op_type, const std::string& name, const std::vector<std::string>& inputs,
            const std::vector<Attribute>& attributes, const std::vector<std::string>& outputs);
  /// Row-major; shape {} is one number. Returns its name.
  std::string initializer(const std::string& name, const graph::Shape& shape, const std::vector<float>& values);
  std::string initializer(const std::string& name, const graph::Shape& shape, const std::vector<std::int8_t>& values);
  std::string initializer(const std::string& name, const graph::Shape& shape, const std::vector<std::uint8_t>& values);
  std::string initializer(const std::string& name, const graph::Shape& shape, const std::vector<std::int32_t>& values);
  std::string initializer(const std::string& name, const std::vector<std::int64_t>& values);

  /// The GraphProto: from `input` to `output`, float32, with an open batch axis "N" before the shapes.
  std::string finish(const std::string& name, const std::pair<std::string, graph::Shape>& input,
                     const std::pair<std::string, graph::Shape>& output) const;

 private:
  std::string nodes_, initializers_;  ///< repeated fields of GraphProto, already framed
};

/// The ModelProto, IR version 8. `metadata`: (key, text) pairs.
std::vector<std::uint8_t> model_bytes(const std::string& graph, std::int64_t opset, const std::string& description,
                                      const std::vector<std::pair<std::string, std::string>>& metadata);

}  // namespace espalier::exporting::onnx
