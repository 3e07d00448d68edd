// The constants and attributes of a QDQ file, as its reader wants them.
#pragma once
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "importing/onnx/model.h"
#include "importing/onnx/tensor.h"
#include "integer/program.h"

namespace espalier::exporting::onnx {

/// Of an activation, as the program has it: the file's zero points are uint8, 128 above.
struct TensorEncoding {
  float scale = 1;
  std::int32_t zero_point = 0;
};

/// Integers with one scale, or one for each slice of axis 0; their zero points are 0.
struct Codes {
  importing::onnx::Constant values;
  std::vector<float> scale;
};

/// What `window` makes of an image, {height, width, channels}. Throws Unreadable where it does not fit.
integer::Shape positions(const integer::Shape& input, const integer::Window& window, std::int64_t channels);

/// Every accessor throws Unreadable when what it is asked for is absent or of another kind.
class QdqValues {
 public:
  /// Views into `model`, which must outlive it.
  explicit QdqValues(const importing::onnx::Model& model);

  using Node = importing::onnx::Node;

  bool is_constant(std::string_view name) const { return constants_.count(name) > 0; }
  /// Of a QuantizeLinear or DequantizeLinear of activations.
  TensorEncoding encoding(const Node& node) const;
  /// Of the network's input, channels last, without the batch axis.
  integer::Shape input_shape() const;

  /// A DequantizeLinear of constants.
  void add_codes(const Node& node);
  const Codes& codes(const Node& node, std::size_t input) const;
  /// Weights {out, in, height, width} in the order of the program: with `blocks` output channels each
  /// {height, width, in}; 1: {height, width, out}; 0: as they are.
  std::vector<std::int8_t> channels_last(const Codes& weight, std::size_t blocks) const;

  /// A constant list of integers; `count`: how many, 0: any.
  std::vector<std::int64_t> numbers(const Node& node, std::size_t input, std::size_t count) const;
  float number(const Node& node, std::size_t input) const;
  std::int64_t whole(const Node& node, const char* attribute, std::int64_t otherwise) const;
  bool given(const Node& node, const char* attribute) const { return node.attribute(attribute).has_value(); }
  std::vector<std::int64_t> list(const Node& node, const char* attribute) const;
  /// Of kernel_shape, strides and pads. A convolution gives its kernel.
  integer::Window window(const Node& node, std::int64_t kernel_height = 0, std::int64_t kernel_width = 0) const;

 private:
  const importing::onnx::Constant& constant(const Node& node, std::size_t input) const;

  const importing::onnx::Model& model_;
  std::map<std::string_view, importing::onnx::Constant> constants_;
  std::map<std::string_view, Codes> codes_;
};

}  // namespace espalier::exporting::onnx
