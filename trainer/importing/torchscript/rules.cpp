#include "importing/torchscript/rules.h"

#include <algorithm>
#include <limits>

#include "importing/torchscript/arguments_impl.h"

namespace espalier::importing::torchscript {
namespace {

using torch::jit::Node;
using torch::jit::Value;

constexpr double infinity = std::numeric_limits<double>::infinity();

// --- nodes to operations; each reads its arguments in the order of PyTorch's schema

Operation convolution(const Node* node, std::size_t groups_at, std::size_t dilation_at) {
  const Arguments a(node);
  Convolution op;
  op.weight = a.tensor(1);
  const auto axes = op.weight.shape.size() - std::min<std::size_t>(2, op.weight.shape.size());
  op.bias = a.tensor_or_none(2);
  op.stride = a.numbers(3, axes);
  op.dilation = a.numbers(dilation_at, axes);
  op.groups = a.whole(groups_at);
  if (!a.value(4).isString()) {
    op.before = op.after = a.numbers(4, axes);
    return op;
  }
  op.before = op.after = Numbers(axes, 0);
  if (a.value(4).toStringRef() == "same")
    for (std::size_t i = 0; i < axes; ++i) {  // of stride 1: PyTorch refuses others
      const auto total = op.dilation[i] * (op.weight.shape[i + 2] - 1);
      op.before[i] = total / 2;
      op.after[i] = total - total / 2;
    }
  return op;
}
Operation plain_convolution(const Node* node) { return convolution(node, 6, 5); }
Operation full_convolution(const Node* node) {
  if (Arguments(node).flag(6)) throw Unreadable{"a transposed convolution has no operator here"};
  return convolution(node, 8, 5);
}

Operation batch_norm(const Node* node) {
  const Arguments a(node);
  if (a.flag(5)) throw Unreadable{"batch norm in training mode; save the module after eval()"};
  BatchNormalization op;
  op.mean = a.tensor(3);
  op.variance = a.tensor(4);
  op.gamma = a.given(1) ? a.tensor(1) : tensor_of(at::ones(op.mean.shape));
  op.beta = a.given(2) ? a.tensor(2) : tensor_of(at::zeros(op.mean.shape));
  op.epsilon = a.number(7);
  return op;
}

Operation linear(const Node* node) {
  const Arguments a(node);
  return FullyConnected{a.tensor(1), a.tensor_or_none(2)};
}
/// beta * bias + alpha * x W with W [in, out].
Operation add_product(const Node* node) {
  const Arguments a(node);
  if (a.number(3) != 1 || a.number(4) != 1) throw Unreadable{"addmm with factors; write a linear layer"};
  return FullyConnected{tensor_of(a.value(2).toTensor().t()), a.tensor(0)};
}
Operation product(const Node* node) {
  const auto weight = Arguments(node).value(1).toTensor();
  if (weight.dim() != 2) throw Unreadable{"a product with a constant that is no matrix; write a linear layer"};
  return FullyConnected{tensor_of(weight.t()), {}};
}

Operation relu(const Node*) { return Clamp{0, infinity}; }
Operation relu6(const Node*) { return Clamp{0, 6}; }
Operation clamp(const Node* node) {
  const Arguments a(node);
  return Clamp{a.given(1) ? a.number(1) : -infinity, a.count() > 2 && a.given(2) ? a.number(2) : infinity};
}

Operation clamp_above(const Node* node) { return Clamp{-infinity, Arguments(node).number(1)}; }

Operation sigmoid(const Node*) { return Sigmoid{}; }
Operation hard_sigmoid(const Node*) { return HardSigmoid{}; }
Operation hard_swish(const Node*) { return HardSwish{}; }
Operation silu(const Node*) { return Silu{}; }

Operation pool(const Node* node, bool maximum) {
  const Arguments a(node);
  const auto axes = window_axes(node->input(0));
  Pool op;
  op.maximum = maximum;
  op.kernel = a.numbers(1, axes);
  op.stride = a.numbers(2, axes);
  if (op.stride.empty()) op.stride = op.kernel;
  op.before = op.after = a.numbers(3, axes);
  op.ceil = a.flag(maximum ? 5 : 4);
  if (!maximum) {
    op.count_padding = a.flag(5);
    if (a.count() > 6 && a.given(6)) throw Unreadable{"average pooling with a divisor of its own"};
    return op;
  }
  for (const auto dilation : a.numbers(4, axes))
    if (dilation != 1) throw Unreadable{"dilated pooling has no operator here"};
  return op;
}
Operation max_pool(const Node* node) { return pool(node, true); }
Operation average_pool(const Node* node) { return pool(node, false); }

/// To one value: a mean that keeps its axes; otherwise windows, where the sizes divide.
Operation adaptive_pool(const Node* node) {
  const auto in = shape_of(node->input(0));
  const auto sizes = Arguments(node).numbers(1, window_axes(node->input(0)));
  if (sizes.size() + 2 != in.size()) throw Unreadable{concat("sizes ", join(sizes, ", "))};
  Mean mean{{}, true};
  Pool op;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const auto extent = in[i + 2];
    if (sizes[i] < 1 || extent % sizes[i])
      throw Unreadable{concat("adaptive pooling of ", extent, " to ", sizes[i], " needs windows of unequal size")};
    mean.axes.push_back(static_cast<std::int64_t>(i) + 2);
    op.kernel.push_back(extent / sizes[i]);
    op.before.push_back(0);
  }
  op.stride = op.kernel;
  op.after = op.before;
  const bool whole = std::all_of(sizes.begin(), sizes.end(), [](auto size) { return size == 1; });
  return whole ? Operation(mean) : Operation(op);
}

Operation mean(const Node* node) {
  const Arguments a(node);
  const auto in = shape_of(node->input(0));
  Mean op{{}, a.flag(2)};
  for (const auto axis : a.numbers(1)) op.axes.push_back(axis_of(axis, in.size()));
  return op;
}

Operation reshape(const Node* node) {
  Reshape op{Arguments(node).numbers(1)};
  if (std::count(op.sizes.begin(), op.sizes.end(), 0)) throw Unreadable{"a reshape to nothing"};
  return op;
}
Operation squeeze(const Node* node) {
  const Arguments a(node);
  const auto in = shape_of(node->input(0));
  Numbers axes;
  if (a.count() > 1)
    for (const auto axis : a.numbers(1)) axes.push_back(axis_of(axis, in.size()));
  Reshape op;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const bool named = std::count(axes.begin(), axes.end(), static_cast<std::int64_t>(i)) > 0;
    if (i == 0 || in[i] != 1 || (a.count() > 1 && !named)) op.sizes.push_back(in[i]);
  }
  return op;
}
Operation unsqueeze(const Node* node) {
  Reshape op{shape_of(node->input(0))};
  op.sizes.insert(op.sizes.begin() + axis_of(Arguments(node).whole(1), op.sizes.size() + 1), 1);
  return op;
}
Operation flatten(const Node* node) {
  const Arguments a(node);
  const auto in = shape_of(node->input(0));
  const auto first = static_cast<std::size_t>(axis_of(a.whole(1), in.size()));
  const auto last = static_cast<std::size_t>(axis_of(a.whole(2), in.size()));
  if (first > last) throw Unreadable{concat("axes ", first, " to ", last)};
  Numbers sizes(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(first));
  std::int64_t joined = 1;
  for (std::size_t i = first; i <= last; ++i) joined *= in[i];
  sizes.push_back(joined);
  sizes.insert(sizes.end(), in.begin() + static_cast<std::ptrdiff_t>(last) + 1, in.end());
  return Reshape{sizes};
}

Operation permute(const Node* node) {
  auto order = Arguments(node).numbers(1);
  for (auto& axis : order) axis = axis_of(axis, order.size());
  return Permute{order};
}
Operation transpose(const Node* node) {
  const Arguments a(node);
  const auto axes = shape_of(node->input(0)).size();
  Permute op;
  for (std::size_t i = 0; i < axes; ++i) op.order.push_back(static_cast<std::int64_t>(i));
  std::swap(op.order[static_cast<std::size_t>(axis_of(a.whole(1), axes))],
            op.order[static_cast<std::size_t>(axis_of(a.whole(2), axes))]);
  return op;
}

/// PyTorch lists the paddings from the last axis on: {before, after, before, after, …}.
Operation pad(const Node* node) {
  const Arguments a(node);
  const bool has_mode = node->kind() == c10::Symbol::fromQualString("aten::pad");
  if (has_mode && a.value(2).toStringRef() != "constant")
    throw Unreadable{concat("padding of mode ", a.value(2).toStringRef(), "; pad with zeros")};
  const auto list = a.numbers(1);
  const auto axes = shape_of(node->input(0)).size();
  if (list.size() > 2 * axes) throw Unreadable{concat(list.size(), " paddings for ", axes, " axes")};
  Pad op{Numbers(axes, 0), Numbers(axes, 0), 0};
  for (std::size_t i = 0; 2 * i + 1 < list.size(); ++i) {
    op.before[axes - 1 - i] = list[2 * i];
    op.after[axes - 1 - i] = list[2 * i + 1];
  }
  const std::size_t value_at = has_mode ? 3 : 2;
  if (a.given(value_at)) op.value = a.number(value_at);
  return op;
}

Operation sum(const Node* node) {
  const Arguments a(node);
  if (a.count() > 2 && a.number(2) != 1) throw Unreadable{"a sum with a factor"};
  if (a.is_number(0)) return Affine{1, a.number(0)};
  if (a.is_number(1)) return Affine{1, a.number(1)};
  return Sum{};
}
/// first - factor * second; aten::rsub has them the other way round.
Operation difference(const Node* node) {
  const Arguments a(node);
  const bool turned = node->kind() == c10::Symbol::fromQualString("aten::rsub");
  const std::size_t first = turned ? 1 : 0, second = turned ? 0 : 1;
  const double factor = a.given(2) ? a.number(2) : 1;
  if (a.is_number(second)) return Affine{1, -factor * a.number(second)};
  if (a.is_number(first)) return Affine{-factor, a.number(first)};
  throw Unreadable{"a difference of two values has no operator here; write a sum"};
}
Operation elementwise_product(const Node* node) {
  const Arguments a(node);
  if (a.is_number(0)) return Affine{a.number(0), 0};
  if (a.is_number(1)) return Affine{a.number(1), 0};
  return Product{};
}
Operation concatenate(const Node* node) {
  const auto* list = node->input(0)->node();
  if (list->kind() != c10::prim::ListConstruct || list->inputs().empty())
    throw Unreadable{"a concatenation of a list that is computed, or empty"};
  return Concatenate{axis_of(Arguments(node).whole(1), shape_of(list->input(0)).size())};
}
Operation dropout(const Node* node) {
  const double p = Arguments(node).number(1);
  if (!(p >= 0 && p < 1)) throw Unreadable{concat("a dropout of ", p)};
  return DropoutNoise{p};
}
Operation quotient(const Node* node) {
  const Arguments a(node);
  if (a.count() > 2) throw Unreadable{"a division that rounds"};
  if (a.is_number(0)) throw Unreadable{"a number divided by a value has no operator here"};
  if (a.is_number(1)) return Affine{1 / a.number(1), 0};
  return Quotient{};
}
Operation ones(const Node*) { return Ones{}; }
Operation softmax(const Node* node) {
  const auto axis = axis_of(Arguments(node).whole(1), shape_of(node->input(0)).size());
  if (axis != 1) throw Unreadable{concat("a softmax along axis ", axis, "; only channels (axis 1) are classes")};
  return Softmax{};
}
/// gate[:, :, None, None] slices whole axes before it adds some; other parts are those of a recurrent layer's states.
Operation slice(const Node* node) {
  const Arguments a(node);
  const auto in = shape_of(node->input(0));
  const auto axis = axis_of(a.whole(1), in.size());
  const auto extent = in[static_cast<std::size_t>(axis)];
  const auto place = [&](std::size_t argument, std::int64_t otherwise) {
    const auto at = a.given(argument) ? a.whole(argument) : otherwise;
    return std::clamp<std::int64_t>(at < 0 ? at + extent : at, 0, extent);
  };
  const auto begin = place(2, 0), end = place(3, extent);
  if (begin == 0 && end == extent && a.whole(4) == 1) return Identity{};
  if (a.whole(4) != 1 || end <= begin)
    throw Unreadable{"a part of a value has no operator here; write a convolution for each part"};
  return Part{axis, begin, end - begin, true};
}
Operation select(const Node* node) {
  const Arguments a(node);
  const auto in = shape_of(node->input(0));
  const auto axis = axis_of(a.whole(1), in.size());
  return Part{axis, axis_of(a.whole(2), static_cast<std::size_t>(in[static_cast<std::size_t>(axis)])), 1, false};
}
Operation identity(const Node*) { return Identity{}; }
/// To another type or place; activations are floats.
Operation conversion(const Node* node) {
  const auto* schema = node->maybeSchema();
  if (schema && schema->argumentIndexWithName("other")) throw Unreadable{"a conversion to another value's type"};
  const auto at = schema ? schema->argumentIndexWithName("dtype") : std::nullopt;
  const Arguments a(node);
  if (at && a.given(static_cast<std::size_t>(*at))) {
    const auto type = a.value(static_cast<std::size_t>(*at)).toScalarType();
    if (!c10::isFloatingType(type))
      throw Unreadable{concat("values become ", c10::toString(type), "; activations are floats")};
  }
  return Identity{};
}

struct Row {
  const char* name;
  Rule rule;
};

constexpr Row table[] = {
    {"aten::conv1d", plain_convolution},
    {"aten::conv2d", plain_convolution},
    {"aten::_convolution_mode", plain_convolution},
    {"aten::_convolution", full_convolution},
    {"aten::convolution", full_convolution},
    {"aten::batch_norm", batch_norm},
    {"aten::linear", linear},
    {"aten::addmm", add_product},
    {"aten::matmul", product},
    {"aten::mm", product},
    {"aten::relu", relu},
    {"aten::relu_", relu},
    {"aten::relu6", relu6},
    {"aten::relu6_", relu6},
    {"aten::hardtanh", clamp},
    {"aten::hardtanh_", clamp},
    {"aten::clamp", clamp},
    {"aten::clamp_", clamp},
    {"aten::clamp_min", clamp},
    {"aten::clamp_max", clamp_above},
    {"aten::sigmoid", sigmoid},
    {"aten::sigmoid_", sigmoid},
    {"aten::hardsigmoid", hard_sigmoid},
    {"aten::hardsigmoid_", hard_sigmoid},
    {"aten::hardswish", hard_swish},
    {"aten::hardswish_", hard_swish},
    {"aten::silu", silu},
    {"aten::silu_", silu},
    {"aten::max_pool1d", max_pool},
    {"aten::max_pool2d", max_pool},
    {"aten::avg_pool1d", average_pool},
    {"aten::avg_pool2d", average_pool},
    {"aten::adaptive_avg_pool1d", adaptive_pool},
    {"aten::adaptive_avg_pool2d", adaptive_pool},
    {"aten::mean", mean},
    {"aten::flatten", flatten},
    {"aten::view", reshape},
    {"aten::reshape", reshape},
    {"aten::squeeze", squeeze},
    {"aten::unsqueeze", unsqueeze},
    {"aten::slice", slice},
    {"aten::select", select},
    {"aten::permute", permute},
    {"aten::transpose", transpose},
    {"aten::constant_pad_nd", pad},
    {"aten::pad", pad},
    {"aten::add", sum},
    {"aten::add_", sum},
    {"aten::sub", difference},
    {"aten::sub_", difference},
    {"aten::rsub", difference},
    {"aten::mul", elementwise_product},
    {"aten::mul_", elementwise_product},
    {"aten::cat", concatenate},
    {"aten::div", quotient},
    {"aten::div_", quotient},
    {"aten::ones_like", ones},
    {"aten::dropout", dropout},
    {"aten::dropout_", dropout},
    {"aten::feature_dropout", dropout},
    {"aten::softmax", softmax},
    {"aten::log_softmax", softmax},
    {"aten::contiguous", identity},
    {"aten::clone", identity},
    {"aten::detach", identity},
    {"aten::to", conversion},
};

}  // namespace

std::optional<Shape> known_shape(const Value* value) {
  const auto type = value->type()->cast<c10::TensorType>();
  const auto sizes = type ? type->sizes().concrete_sizes() : std::nullopt;
  return sizes ? std::optional<Shape>(*sizes) : std::nullopt;
}

const std::map<std::string, Rule>& rules() {
  static const auto all = [] {
    std::map<std::string, Rule> by_name;
    for (const auto& [name, rule] : table) by_name.emplace(name, rule);
    return by_name;
  }();
  return all;
}

}  // namespace espalier::importing::torchscript
