// ONNX files as they are written: which nodes, values and tensors there are. Nothing is decoded before it is asked for.
// Source: onnx/onnx.proto, IR version 8+ (field numbers), onnx/docs/IR.md.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/tensor.h"

namespace espalier::importing::onnx {

using graph::Shape;

/// What a node asks that no step can hold, or what of it cannot be read, and what to write instead.
struct Unreadable {
  std::string text;
};

/// TensorProto.DataType.
enum class DataType {
  undefined = 0,
  float32 = 1,
  uint8 = 2,
  int8 = 3,
  uint16 = 4,
  int16 = 5,
  int32 = 6,
  int64 = 7,
  string = 8,
  boolean = 9,
  float16 = 10,
  float64 = 11,
  uint32 = 12,
  uint64 = 13,
  bfloat16 = 16
};
/// "int8"; "type 23" of those that cannot be read.
std::string name_of(DataType type);
/// float32, float64, float16, bfloat16.
bool is_real(DataType type);

/// What a node is told beside its inputs; the fields that its type does not name are empty.
struct Attribute {
  double real = 0;
  std::int64_t whole = 0;
  std::string_view text;
  std::vector<float> reals;
  std::vector<std::int64_t> wholes;
  std::string_view tensor;  ///< a TensorProto, see tensor.h
};

struct Node {
  std::string_view name, op_type, domain;
  std::vector<std::string_view> inputs, outputs;  ///< values; "" where an optional one is left out
  std::vector<std::string_view> attributes;       ///< AttributeProto messages
  std::size_t place = 0;                          ///< in the file, from 0

  /// "Conv", "com.microsoft.FusedConv".
  std::string kind() const;
  /// "node '/conv1/Conv'", as messages say it.
  std::string title() const;
  /// Absent when the node has none of that name. Throws Unreadable when it is damaged.
  std::optional<Attribute> attribute(std::string_view name) const;
  /// Holds a graph of its own, as If and Loop do. Throws Unreadable.
  bool has_graph() const;
};

struct Input {
  std::string_view name;
  DataType type = DataType::undefined;
  bool has_shape = false;
  Shape extents;  ///< -1 where the file leaves one open
};

struct Initializer {
  std::string_view name;
  std::string_view tensor;  ///< a TensorProto
};

/// All views look into the bytes that were parsed.
struct Model {
  std::int64_t opset = 0;  ///< of the standard operators; 0: the file names none
  std::vector<Node> nodes;
  std::vector<Initializer> initializers;
  std::vector<Input> inputs;
  std::vector<std::string_view> outputs;
  std::vector<std::pair<std::string_view, std::string_view>> metadata;  ///< key, text
  bool has_sparse = false;
};

/// Takes memory in proportion to the bytes. Throws Error(mistake) that names `origin` when they are no ONNX model.
Model parse(std::string_view bytes, const std::string& origin);

/// A name from a file as messages may show it: without control characters, at most 120 bytes.
std::string shown(std::string_view name);

}  // namespace espalier::importing::onnx
