// The messages of an ONNX graph, one after the other as they are written: nodes, initializers, the two ends.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "graph/tensor.h"

namespace espalier::exporting::onnx {

/// A GraphProto inside a node, as GraphBuilder::finish gives it.
struct Subgraph {
  std::string bytes;
};

struct Attribute {
  std::string name;
  std::variant<std::int64_t, float, std::vector<std::int64_t>, std::string, Subgraph> value;
};

/// The domain of operators that ONNX Runtime adds to ONNX's.
inline constexpr const char* onnxruntime_domain = "com.microsoft";

class GraphBuilder {
 public:
  /// A node's only output has the node's name.
  void node(const std::string& op_type, const std::string& name, const std::vector<std::string>& inputs,
            const std::vector<Attribute>& attributes = {});
  /// Several outputs, "" for one that nobody wants; the node is named `name`.
  void node(const std::string& op_type, const std::string& name, const std::vector<std::string>& inputs,
            const std::vector<Attribute>& attributes, const std::vector<std::string>& outputs,
            const std::string& domain = "");
  /// Row-major; shape {} is one number. Returns its name.
  std::string initializer(const std::string& name, const graph::Shape& shape, const std::vector<float>& values);
  std::string initializer(const std::string& name, const graph::Shape& shape, const std::vector<std::int8_t>& values);
  std::string initializer(const std::string& name, const graph::Shape& shape, const std::vector<std::uint8_t>& values);
  std::string initializer(const std::string& name, const graph::Shape& shape, const std::vector<std::int32_t>& values);
  std::string initializer(const std::string& name, const std::vector<std::int64_t>& values);

  /// A value's name, and its shape behind an open batch axis "N"; float32.
  using End = std::pair<std::string, graph::Shape>;
  /// The GraphProto.
  std::string finish(const std::string& name, const End& input, const End& output) const;
  std::string finish(const std::string& name, const std::vector<End>& inputs, const std::vector<End>& outputs) const;

  /// Whether a node is of onnxruntime_domain.
  bool for_onnxruntime() const { return for_onnxruntime_; }

 private:
  std::string nodes_, initializers_;  ///< repeated fields of GraphProto, already framed
  bool for_onnxruntime_ = false;
};

/// The ModelProto, IR version 8. `metadata`: (key, text) pairs. `for_onnxruntime`: the graph has nodes of its domain.
std::vector<std::uint8_t> model_bytes(const std::string& graph, std::int64_t opset, const std::string& description,
                                      const std::vector<std::pair<std::string, std::string>>& metadata,
                                      bool for_onnxruntime = false);

}  // namespace espalier::exporting::onnx
