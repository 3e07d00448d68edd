// What a node is given: constants by position, shapes of what is not constant.
#pragma once
#include <ATen/ATen.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>

#include <cstdlib>
#include <cstring>
#include <optional>

#include "base/text.h"
#include "importing/torchscript/rules.h"

namespace espalier::importing::torchscript {

inline Tensor tensor_of(const at::Tensor& foreign) {
  const auto values = foreign.detach().to(at::kCPU, at::kFloat).contiguous();
  Tensor tensor(graph::Type::float32, values.sizes().vec());
  std::memcpy(tensor.bytes.data(), values.const_data_ptr<float>(), tensor.bytes.size());
  return tensor;
}

/// The constant inputs of a node, by position.
class Arguments {
 public:
  explicit Arguments(const torch::jit::Node* node) : node_(node) {}

  std::size_t count() const { return node_->inputs().size(); }
  bool given(std::size_t i) const { return i < count() && !node_->input(i)->mustBeNone() && !value(i).isNone(); }
  c10::IValue value(std::size_t i) const {
    const auto constant = torch::jit::toIValue(node_->input(i));
    if (!constant) throw Unreadable{concat("argument ", i + 1, " is computed while the network runs")};
    return *constant;
  }
  bool flag(std::size_t i) const { return value(i).toBool(); }
  std::int64_t whole(std::size_t i) const { return value(i).toInt(); }
  /// Tracing writes numbers as tensors of one element.
  double number(std::size_t i) const {
    const auto constant = value(i);
    return constant.isTensor() ? constant.toTensor().item<double>() : constant.toScalar().toDouble();
  }
  /// Whether it is known before the network runs; refused when it is more than one number.
  bool is_number(std::size_t i) const {
    const auto constant = torch::jit::toIValue(node_->input(i));
    if (constant && constant->isTensor() && constant->toTensor().numel() != 1)
      throw Unreadable{"an operation with a constant tensor; put it into a layer's weights or bias"};
    return constant.has_value();
  }
  Tensor tensor(std::size_t i) const {
    const auto constant = value(i);
    if (!constant.isTensor()) throw Unreadable{concat("argument ", i + 1, " is no tensor")};
    return tensor_of(constant.toTensor());
  }
  std::optional<Tensor> tensor_or_none(std::size_t i) const {
    return given(i) ? std::optional(tensor(i)) : std::nullopt;
  }
  /// A list, or one number for all `axes`; none beyond 2^31, so that sums and products of them fit.
  Numbers numbers(std::size_t i, std::size_t axes = 0) const {
    const auto constant = value(i);
    Numbers list = constant.isInt() ? Numbers{constant.toInt()} : constant.toIntVector();
    for (const auto number : list)
      if (std::abs(number) > most_elements) throw Unreadable{concat("numbers out of range: ", join(list, ", "))};
    if (list.size() == 1 && axes > 1) list.resize(axes, list[0]);
    return list;
  }

 private:
  const torch::jit::Node* node_;
};

/// `axis` counted from the front; throws Unreadable where there is none.
inline std::int64_t axis_of(std::int64_t axis, std::size_t axes) {
  const auto count = static_cast<std::int64_t>(axes);
  if (axis < -count || axis >= count) throw Unreadable{concat("axis ", axis, " of ", axes)};
  return axis < 0 ? axis + count : axis;
}

inline Shape shape_of(const torch::jit::Value* value) {
  const auto shape = known_shape(value);
  if (!shape) throw Unreadable{"the shape of its input is not known before the network runs"};
  return *shape;
}

/// How many axes follow the channels.
inline std::size_t window_axes(const torch::jit::Value* value) {
  const auto shape = shape_of(value);
  if (shape.size() < 3) throw Unreadable{concat("an input of ", graph::text_of(shape), " has no axes for windows")};
  return shape.size() - 2;
}

}  // namespace espalier::importing::torchscript
