// What a node is given: inputs that are known, shapes of those that are not, attributes with their defaults.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "importing/draft.h"
#include "importing/onnx/model.h"
#include "importing/onnx/tensor.h"

namespace espalier::importing::onnx {

/// A value of the graph.
struct Value {
  enum class Kind { activation, constant, quantized, broken };
  Kind kind = Kind::broken;
  std::shared_ptr<const Constant> constant;
  std::string name;            ///< of an activation in the draft; of a quantized one, the activation that was quantized
  Shape shape;                 ///< of an activation, with the batch axis
  bool alone = false;          ///< an activation that only one node reads
  bool at_least_zero = false;  ///< an activation that is never negative
  std::shared_ptr<const Encoding> encoding;  ///< of a quantized one

  bool is_constant() const { return kind == Kind::constant; }
  bool is_activation() const { return kind == Kind::activation; }
};

/// Every accessor throws Unreadable when what it is asked for is of another kind.
class Arguments {
 public:
  /// `inputs`: null where an optional one is left out.
  Arguments(const Node& node, std::vector<const Value*> inputs) : node_(node), inputs_(std::move(inputs)) {}

  const Node& node() const { return node_; }
  std::size_t count() const { return inputs_.size(); }
  bool given(std::size_t i) const { return i < inputs_.size() && inputs_[i]; }
  const Value& value(std::size_t i) const;
  /// Of an activation, batch first; of a constant, its extents.
  const Shape& shape(std::size_t i) const;
  bool is_constant(std::size_t i) const { return given(i) && inputs_[i]->is_constant(); }

  const Constant& constant(std::size_t i) const;
  /// float32, of at least one element; `axes`: how many it must have, 0: any.
  Tensor tensor(std::size_t i, std::size_t axes = 0) const;
  /// A vector of `length` for channels.
  Tensor channels(std::size_t i, std::int64_t length) const;
  /// A constant list of integers; at most 1024.
  Numbers numbers(std::size_t i) const;
  double number(std::size_t i) const;

  std::int64_t whole(const char* attribute, std::int64_t otherwise) const;
  double real(const char* attribute, double otherwise) const;
  std::string text(const char* attribute, const char* otherwise) const;
  Numbers list(const char* attribute, Numbers otherwise) const;
  /// Of a window: one for each of `axes`, each between `least` and 2^24.
  Numbers window(const char* attribute, Numbers otherwise, std::size_t axes, std::int64_t least) const;

 private:
  const Node& node_;
  std::vector<const Value*> inputs_;
};

/// `axis` counted from the front; throws Unreadable where there is none.
std::int64_t axis_of(std::int64_t axis, std::size_t axes);

}  // namespace espalier::importing::onnx
