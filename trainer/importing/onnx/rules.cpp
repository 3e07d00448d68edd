#include "importing/onnx/rules.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"

namespace espalier::importing::onnx {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t largest_size = std::int64_t{1} << 31;

std::size_t window_axes(const Shape& shape) {
  if (shape.size() < 3) throw Unreadable{concat("an input of ", graph::text_of(shape), " has no axes for windows")};
  return shape.size() - 2;
}

Numbers repeated(std::size_t axes, std::int64_t number) { return Numbers(axes, number); }

/// pads {begins..., ends...}, or what auto_pad makes of the input's extents.
struct Padding {
  Numbers before, after;
};
Padding padding(const Arguments& a, const Shape& in, const Numbers& kernel, const Numbers& stride,
                const Numbers& dilation) {
  const auto axes = kernel.size();
  const auto mode = a.text("auto_pad", "NOTSET");
  if (mode == "NOTSET" || mode.empty()) {
    const auto pads = a.window("pads", repeated(2 * axes, 0), 2 * axes, 0);
    const auto middle = pads.begin() + static_cast<std::ptrdiff_t>(axes);
    return {{pads.begin(), middle}, {middle, pads.end()}};
  }
  Padding found{repeated(axes, 0), repeated(axes, 0)};
  if (mode == "VALID") return found;
  if (mode != "SAME_UPPER" && mode != "SAME_LOWER") throw Unreadable{concat("auto_pad ", shown(mode))};
  for (std::size_t i = 0; i < axes; ++i) {
    const auto windows = (in[i + 2] + stride[i] - 1) / stride[i];
    const auto covered = (windows - 1) * stride[i] + (kernel[i] - 1) * dilation[i] + 1;
    const auto total = std::max<std::int64_t>(0, covered - in[i + 2]);
    found.before[i] = mode == "SAME_UPPER" ? total / 2 : total - total / 2;
    found.after[i] = total - found.before[i];
  }
  return found;
}

// --- layers

Operation convolution(const Arguments& a) {
  Convolution op;
  const auto& in = a.shape(0);
  const auto axes = window_axes(in);
  op.weight = a.tensor(1, axes + 2);
  const Numbers kernel(op.weight.shape.begin() + 2, op.weight.shape.end());
  if (a.list("kernel_shape", kernel) != kernel) throw Unreadable{"kernel_shape differs from the weight's extents"};
  if (a.given(2)) op.bias = a.channels(2, op.weight.shape[0]);
  op.stride = a.window("strides", repeated(axes, 1), axes, 1);
  op.dilation = a.window("dilations", repeated(axes, 1), axes, 1);
  op.groups = a.whole("group", 1);
  if (op.groups < 1 || op.groups > in[1] || op.weight.shape[0] % op.groups)
    throw Unreadable{concat("group ", op.groups, " of ", in[1], " input and ", op.weight.shape[0], " output channels")};
  auto [before, after] = padding(a, in, kernel, op.stride, op.dilation);
  op.before = std::move(before);
  op.after = std::move(after);
  return op;
}

Tensor transposed(const Tensor& matrix) {
  const auto rows = matrix.shape[0], columns = matrix.shape[1];
  Tensor turned(graph::Type::float32, {columns, rows});
  const auto from = matrix.floats();
  auto to = turned.floats();
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < columns; ++c)
      to[static_cast<std::size_t>(c * rows + r)] = from[static_cast<std::size_t>(r * columns + c)];
  return turned;
}

void scale(Tensor& tensor, double factor) {
  if (factor != 1)
    for (auto& number : tensor.floats()) number = static_cast<float>(number * factor);
}

/// alpha A B + beta C with constant B [in, out], or [out, in] where transB is set.
Operation gemm(const Arguments& a) {
  if (a.whole("transA", 0)) throw Unreadable{"transA; transpose what the layer reads before it"};
  if (a.is_constant(0)) throw Unreadable{"a product with the constant on the left; write x W, or a linear layer"};
  FullyConnected op;
  op.weight = a.tensor(1, 2);
  if (!a.whole("transB", 0)) op.weight = transposed(op.weight);
  scale(op.weight, a.real("alpha", 1));
  if (!a.given(2)) return op;
  const auto out = op.weight.shape[0];
  const auto given = a.tensor(2);
  const bool single = graph::elements(given.shape) == 1;
  op.bias = single ? Tensor::of({out}, std::vector<float>(static_cast<std::size_t>(out), given.floats()[0]))
                   : a.channels(2, out);
  scale(*op.bias, a.real("beta", 1));
  return op;
}

Operation product(const Arguments& a) {
  if (a.is_constant(0)) throw Unreadable{"a product with the constant on the left; write x W, or a linear layer"};
  if (!a.is_constant(1)) throw Unreadable{"a product of two values; there is no operator for it"};
  return FullyConnected{transposed(a.tensor(1, 2)), {}};
}

Operation batch_norm(const Arguments& a) {
  if (a.whole("training_mode", 0)) throw Unreadable{"batch norm in training mode; export the module after eval()"};
  if (a.shape(0).size() < 2) throw Unreadable{concat("an input of ", graph::text_of(a.shape(0)))};
  const auto channels = a.shape(0)[1];
  const auto epsilon = a.real("epsilon", 1e-5);
  if (!(epsilon >= 0 && epsilon < 1)) throw Unreadable{concat("an epsilon of ", epsilon)};
  // float32 in the file: 9.999999747378752e-06 is the 1e-5 that was meant.
  const bool usual = static_cast<float>(epsilon) == 1e-5f;
  return BatchNormalization{a.channels(1, channels), a.channels(2, channels), a.channels(3, channels),
                            a.channels(4, channels), usual ? 1e-5 : epsilon};
}

Operation relu(const Arguments&) { return Clamp{0, infinity}; }
Operation clip(const Arguments& a) {
  return Clamp{a.given(1) ? a.number(1) : -infinity, a.given(2) ? a.number(2) : infinity};
}

Operation sigmoid(const Arguments&) { return Sigmoid{}; }
Operation hard_swish(const Arguments&) { return HardSwish{}; }

/// max(0, min(1, alpha x + beta)); ONNX's default, 0.2, is not the function that networks for small devices mean.
Operation hard_sigmoid(const Arguments& a) {
  const auto alpha = a.real("alpha", 0.2), beta = a.real("beta", 0.5);
  if (std::abs(alpha - 1.0 / 6) > 1e-6 || beta != 0.5)
    throw Unreadable{concat("alpha ", alpha, " and beta ", beta, "; alpha 1/6 and beta 0.5 have an operator here")};
  return HardSigmoid{};
}

// --- windows and means

Operation pool(const Arguments& a, bool maximum) {
  const auto& in = a.shape(0);
  const auto axes = window_axes(in);
  Pool op;
  op.maximum = maximum;
  op.kernel = a.window("kernel_shape", {}, axes, 1);
  op.stride = a.window("strides", repeated(axes, 1), axes, 1);
  const auto dilation = a.window("dilations", repeated(axes, 1), axes, 1);
  if (dilation != repeated(axes, 1)) throw Unreadable{"dilated pooling has no operator here"};
  auto [before, after] = padding(a, in, op.kernel, op.stride, dilation);
  for (std::size_t i = 0; i < axes; ++i)
    if (before[i] >= op.kernel[i] || after[i] >= op.kernel[i])
      throw Unreadable{"padding as wide as the window: some windows would hold nothing else"};
  op.before = std::move(before);
  op.after = std::move(after);
  op.ceil = a.whole("ceil_mode", 0) != 0;
  op.count_padding = !maximum && a.whole("count_include_pad", 0) != 0;
  return op;
}
Operation max_pool(const Arguments& a) { return pool(a, true); }
Operation average_pool(const Arguments& a) { return pool(a, false); }

Operation global_average(const Arguments& a) {
  Mean op{{}, true};
  for (std::size_t i = 0; i < window_axes(a.shape(0)); ++i) op.axes.push_back(static_cast<std::int64_t>(i) + 2);
  return op;
}
Operation global_maximum(const Arguments& a) {
  const auto& in = a.shape(0);
  const auto axes = window_axes(in);
  const Numbers extents(in.begin() + 2, in.end());
  return Pool{true, extents, extents, repeated(axes, 0), repeated(axes, 0)};
}

/// Axes are an attribute before opset 18, an input from then on; none of them: all.
Operation mean(const Arguments& a) {
  const auto& in = a.shape(0);
  auto axes = a.given(1) ? a.numbers(1) : a.list("axes", {});
  if (axes.empty() && a.whole("noop_with_empty_axes", 0)) return Identity{};
  if (axes.size() > in.size()) throw Unreadable{concat("a mean over ", axes.size(), " of ", in.size(), " axes")};
  Mean op{{}, a.whole("keepdims", 1) != 0};
  for (const auto axis : axes) op.axes.push_back(axis_of(axis, in.size()));
  for (std::size_t i = 0; axes.empty() && i < in.size(); ++i) op.axes.push_back(static_cast<std::int64_t>(i));
  return op;
}

// --- layout

Operation reshape(const Arguments& a) {
  Reshape op{a.numbers(1)};
  std::int64_t all = 1;
  for (const auto size : op.sizes) {
    if (size == 0 && a.whole("allowzero", 0)) throw Unreadable{"a reshape to nothing"};
    if (size < -1 || size > largest_size || __builtin_mul_overflow(all, std::max<std::int64_t>(size, 1), &all))
      throw Unreadable{concat("sizes ", join(op.sizes, ", "))};
  }
  return op;
}

Operation flatten(const Arguments& a) {
  const auto& in = a.shape(0);
  const auto axis = a.whole("axis", 1);
  const auto first = axis == static_cast<std::int64_t>(in.size()) ? axis : axis_of(axis, in.size());
  const auto middle = in.begin() + static_cast<std::ptrdiff_t>(first);
  return Reshape{{graph::elements({in.begin(), middle}), graph::elements({middle, in.end()})}};
}

Numbers axes_input(const Arguments& a, std::size_t axes) {
  Numbers found;
  for (const auto axis : a.numbers(1)) found.push_back(axis_of(axis, axes));
  std::sort(found.begin(), found.end());
  return found;
}
bool among(const Numbers& axes, std::size_t i) {
  return std::binary_search(axes.begin(), axes.end(), static_cast<std::int64_t>(i));
}

Operation squeeze(const Arguments& a) {
  const auto& in = a.shape(0);
  const auto axes = a.given(1) ? axes_input(a, in.size()) : Numbers{};
  Reshape op;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (among(axes, i) && in[i] != 1) throw Unreadable{concat("axis ", i, " of ", graph::text_of(in), " is not 1")};
    const bool leaves = a.given(1) ? among(axes, i) : in[i] == 1 && (i > 0 || a.is_constant(0));  // the batch stays
    if (!leaves) op.sizes.push_back(in[i]);
  }
  return op;
}

Operation unsqueeze(const Arguments& a) {
  const auto& in = a.shape(0);
  const auto all = in.size() + a.numbers(1).size();
  const auto axes = axes_input(a, all);
  Reshape op;
  std::size_t next = 0;
  for (std::size_t i = 0; i < all && next <= in.size(); ++i)
    op.sizes.push_back(among(axes, i) || next == in.size() ? 1 : in[next++]);
  return op;
}

Operation transpose(const Arguments& a) {
  const auto axes = a.shape(0).size();
  Numbers reversed;
  for (std::size_t i = axes; i-- > 0;) reversed.push_back(static_cast<std::int64_t>(i));
  return Permute{a.list("perm", reversed)};
}

/// pads {begins..., ends...}, of all axes or of those that a fourth input names.
Operation pad(const Arguments& a) {
  if (const auto mode = a.text("mode", "constant"); mode != "constant")
    throw Unreadable{concat("padding of mode ", shown(mode), "; pad with zeros")};
  const auto axes = a.shape(0).size();
  const auto pads = a.numbers(1);
  Numbers named;
  if (a.given(3))
    for (const auto axis : a.numbers(3)) named.push_back(axis_of(axis, axes));
  else
    for (std::size_t i = 0; i < axes; ++i) named.push_back(static_cast<std::int64_t>(i));
  if (pads.size() != 2 * named.size()) throw Unreadable{concat(pads.size(), " paddings for ", named.size(), " axes")};
  Pad op{repeated(axes, 0), repeated(axes, 0), a.given(2) ? a.number(2) : 0};
  for (std::size_t i = 0; i < named.size(); ++i) {
    const auto before = pads[i], after = pads[i + named.size()];
    if (std::min(before, after) < -largest_size || std::max(before, after) > largest_size)
      throw Unreadable{concat("paddings ", join(pads, ", "))};
    op.before[static_cast<std::size_t>(named[i])] = before;
    op.after[static_cast<std::size_t>(named[i])] = after;
  }
  return op;
}

// --- arithmetic of two values, or of a value and a number

/// The input that is a constant, 2 where none is.
std::size_t constant_of(const Arguments& a) { return a.is_constant(0) ? 0 : a.is_constant(1) ? 1 : 2; }
double other_number(const Arguments& a, const char* instead) {
  const auto at = constant_of(a);
  if (graph::elements(a.shape(at)) != 1) throw Unreadable{instead};
  return a.number(at);
}

Operation sum(const Arguments& a) {
  if (constant_of(a) == 2) return Sum{};
  return Affine{1, other_number(a, "a sum with a constant; put it into a bias")};
}
Operation difference(const Arguments& a) {
  if (constant_of(a) == 2) throw Unreadable{"a difference of two values has no operator here; write a sum"};
  const auto number = other_number(a, "a difference with a constant; put it into a bias");
  return constant_of(a) == 0 ? Affine{-1, number} : Affine{1, -number};
}
Operation elementwise_product(const Arguments& a) {
  if (constant_of(a) == 2) return Product{};
  return Affine{other_number(a, "a product with a constant; put it into a layer's weights"), 0};
}
Operation quotient(const Arguments& a) {
  if (a.is_constant(0)) throw Unreadable{"a number divided by a value has no operator here"};
  if (constant_of(a) == 2) return Quotient{};
  const auto number = other_number(a, "a division by a constant; put it into a layer's weights");
  if (number == 0) throw Unreadable{"a division by zero"};
  return Affine{1 / number, 0};
}

// --- joins, and what changes nothing

Operation concatenate(const Arguments& a) {
  for (std::size_t i = 0; i < a.count(); ++i)
    if (a.is_constant(i)) throw Unreadable{"a concatenation with a constant"};
  return Concatenate{axis_of(a.whole("axis", 0), a.shape(0).size())};
}
Part part(std::int64_t axis, std::int64_t extent, std::int64_t start, std::int64_t end, std::int64_t step) {
  const auto place = [&](std::int64_t at) { return std::clamp<std::int64_t>(at < 0 ? at + extent : at, 0, extent); };
  if (step != 1 || place(end) <= place(start))
    throw Unreadable{"a part of a value has no operator here; write a convolution for each part"};
  return {axis, place(start), place(end) - place(start), true};
}
/// Of whole axes, as exporters write x[:, :channels]: nothing is left out. Or of one, of a recurrent layer's states.
Operation slice(const Arguments& a) {
  const auto& in = a.shape(0);
  const auto starts = a.numbers(1), ends = a.numbers(2);
  auto axes = Numbers{};
  for (std::size_t i = 0; i < starts.size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  if (a.given(3)) axes = a.numbers(3);
  const auto steps = a.given(4) ? a.numbers(4) : repeated(starts.size(), 1);
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
    throw Unreadable{"as many starts, ends, axes and steps are needed"};
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const auto extent = in[static_cast<std::size_t>(axis_of(axes[i], in.size()))];
    const bool whole = (starts[i] == 0 || starts[i] <= -extent) && ends[i] >= extent && steps[i] == 1;
    if (!whole && starts.size() > 1)
      throw Unreadable{"a part of a value has no operator here; write a convolution for each part"};
    if (!whole) return part(axis_of(axes[i], in.size()), extent, starts[i], ends[i], steps[i]);
  }
  return Identity{};
}
/// One place along an axis, which is then gone.
Operation gather(const Arguments& a) {
  const auto& in = a.shape(0);
  const auto axis = axis_of(a.whole("axis", 0), in.size());
  const auto places = a.numbers(1);
  if (places.size() != 1 || !a.shape(1).empty())
    throw Unreadable{"a part of a value has no operator here; write a convolution for each part"};
  return Part{axis, axis_of(places[0], static_cast<std::size_t>(in[static_cast<std::size_t>(axis)])), 1, false};
}
Operation dropout(const Arguments& a) {
  const double p = a.given(1) ? a.number(1) : 0.5;
  if (!(p >= 0 && p < 1)) throw Unreadable{concat("a dropout of ", p)};
  return DropoutNoise{p};
}
Operation softmax(const Arguments& a) {
  const auto axes = a.shape(0).size();
  if (const auto axis = axis_of(a.whole("axis", -1), axes); axis != 1)
    throw Unreadable{concat("a softmax along axis ", axis, "; only channels (axis 1) are classes")};
  return Softmax{};
}
Operation identity(const Arguments&) { return Identity{}; }
Operation cast(const Arguments& a) {
  const auto to = static_cast<DataType>(a.whole("to", 0));
  if (!is_real(to)) throw Unreadable{concat("values become ", name_of(to), "; activations are floats")};
  return Identity{};
}

}  // namespace

const std::map<std::string, Rule, std::less<>>& rules() {
  static const std::map<std::string, Rule, std::less<>> all = {{"Add", sum},
                                                               {"AveragePool", average_pool},
                                                               {"BatchNormalization", batch_norm},
                                                               {"Cast", cast},
                                                               {"Clip", clip},
                                                               {"Concat", concatenate},
                                                               {"Conv", convolution},
                                                               {"Div", quotient},
                                                               {"Dropout", dropout},
                                                               {"Flatten", flatten},
                                                               {"Gather", gather},
                                                               {"Gemm", gemm},
                                                               {"GlobalAveragePool", global_average},
                                                               {"GlobalMaxPool", global_maximum},
                                                               {"HardSigmoid", hard_sigmoid},
                                                               {"HardSwish", hard_swish},
                                                               {"Identity", identity},
                                                               {"LogSoftmax", softmax},
                                                               {"MatMul", product},
                                                               {"MaxPool", max_pool},
                                                               {"Mul", elementwise_product},
                                                               {"Pad", pad},
                                                               {"ReduceMean", mean},
                                                               {"Relu", relu},
                                                               {"Reshape", reshape},
                                                               {"Sigmoid", sigmoid},
                                                               {"Slice", slice},
                                                               {"Softmax", softmax},
                                                               {"Squeeze", squeeze},
                                                               {"Sub", difference},
                                                               {"Transpose", transpose},
                                                               {"Unsqueeze", unsqueeze}};
  return all;
}

}  // namespace espalier::importing::onnx
