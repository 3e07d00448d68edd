#include "exporting/tflite/operator_reader.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/text.h"

namespace espalier::exporting::tflite {
namespace {

using integer::Clamp;
using integer::Instruction;
using integer::Shape;
using integer::Window;

// Slots of the option tables, from the format's schema.
struct WindowSlots {
  int padding, stride_width, stride_height, activation, dilation_width, dilation_height;
};
constexpr WindowSlots convolution_slots{0, 1, 2, 3, 4, 5}, depthwise_slots{0, 1, 2, 4, 5, 6},
    pool_slots{0, 1, 2, 5, -1, -1};
constexpr int depth_multiplier_slot = 3, filter_width_slot = 3, filter_height_slot = 4;
constexpr std::int32_t largest_stride = 65535;

Clamp clamp(const OperatorContext& context, const Table& options, int slot) {
  switch (options.scalar<std::int8_t>(slot, 0)) {
    case 0:
      return Clamp::none;
    case 1:
      return Clamp::relu;
    case 3:
      return Clamp::relu6;
  }
  context.refuse("its fused activation is neither none, ReLU nor ReLU6");
}

std::int32_t positive(const OperatorContext& context, const Table& options, int slot, const char* what) {
  const auto value = options.scalar<std::int32_t>(slot, 0);
  if (value < 1 || value > largest_stride) context.refuse(concat(what, " is ", value));
  return value;
}

/// TFLite's SAME: as many positions as strides fit, the padding split with the larger half behind.
void pad_same(std::int64_t size, std::int64_t count, std::int32_t kernel, std::int32_t stride, std::int32_t& before,
              std::int32_t& after) {
  const auto total = std::max<std::int64_t>((count - 1) * stride + kernel - size, 0);
  before = static_cast<std::int32_t>(total / 2);
  after = static_cast<std::int32_t>(total - total / 2);
}

Window read_window(const OperatorContext& context, const WindowSource& source, const Shape& output,
                   std::int64_t kernel_height, std::int64_t kernel_width, const Table& options,
                   const WindowSlots& slots) {
  if (output.size() != 3) context.refuse("its output is not an image");
  if (slots.dilation_width >= 0 && (options.scalar<std::int32_t>(slots.dilation_width, 1) != 1 ||
                                    options.scalar<std::int32_t>(slots.dilation_height, 1) != 1))
    context.refuse("it is dilated, which is not supported");
  Window window;
  window.kernel_height = static_cast<std::int32_t>(kernel_height);
  window.kernel_width = static_cast<std::int32_t>(kernel_width);
  window.stride_height = positive(context, options, slots.stride_height, "its vertical stride");
  window.stride_width = positive(context, options, slots.stride_width, "its horizontal stride");
  const auto padding = options.scalar<std::int8_t>(slots.padding, 0);
  if (padding < 0 || padding > 1) context.refuse(concat("its padding has the number ", static_cast<int>(padding)));
  const bool same = padding == 0;
  if (same && source.folded) context.refuse("its input is padded twice");
  if (same) {
    pad_same(source.shape[0], output[0], window.kernel_height, window.stride_height, window.pad_top, window.pad_bottom);
    pad_same(source.shape[1], output[1], window.kernel_width, window.stride_width, window.pad_left, window.pad_right);
  } else {
    window.pad_top = source.margins[0], window.pad_bottom = source.margins[1];
    window.pad_left = source.margins[2], window.pad_right = source.margins[3];
  }
  return window;
}

std::vector<std::int8_t> read_weights(const OperatorContext& context, const StoredTensor& stored) {
  if (std::any_of(stored.zero_points.begin(), stored.zero_points.end(), [](std::int64_t point) { return point != 0; }))
    context.refuse(concat("weights '", stored.name, "' are not symmetric"));
  const auto* values = reinterpret_cast<const std::int8_t*>(stored.data.data());
  return {values, values + stored.data.size()};
}

std::vector<float> scale_by_channel(const OperatorContext& context, const StoredTensor& stored, std::int64_t channels,
                                    std::int32_t axis) {
  const auto count = static_cast<std::int64_t>(stored.scales.size());
  if (count == 1) return std::vector<float>(static_cast<std::size_t>(channels), stored.scales.front());
  if (count != channels || stored.axis != axis)
    context.refuse(concat("weights '", stored.name, "' have ", count, " scales along axis ", stored.axis));
  return stored.scales;
}

/// Runtimes ignore the scale that is stored with a bias and compute it anew, so that nobody else would notice a wrong
/// one.
void check_bias_scale(const OperatorContext& context, const StoredTensor& bias, float input_scale,
                      const std::vector<float>& weight_scale) {
  constexpr double rounding = 1e-6;
  const auto count = bias.scales.size();
  if (count != 1 && count != weight_scale.size())
    context.refuse(concat("bias '", bias.name, "' has ", count, " scales"));
  for (std::size_t i = 0; i < weight_scale.size(); ++i) {
    const double expected = static_cast<double>(input_scale) * weight_scale[i];
    const double found = bias.scales[count == 1 ? 0 : i];
    if (std::abs(found - expected) > rounding * expected)
      context.refuse(
          concat("bias '", bias.name, "' has the scale ", found, " where input and weights give ", expected));
  }
}

std::vector<std::int32_t> read_bias(const OperatorContext& context, const StoredOperator& stored, std::int64_t channels,
                                    float input_scale, const std::vector<float>& weight_scale) {
  if (!context.has_input(stored, 2)) return std::vector<std::int32_t>(static_cast<std::size_t>(channels), 0);
  const auto& bias = context.constant(stored, 2, ElementType::int32);
  if (bias.elements() != channels)
    context.refuse(concat("bias '", bias.name, "' has ", bias.elements(), " values for ", channels, " channels"));
  check_bias_scale(context, bias, input_scale, weight_scale);
  return context.integers(stored, 2);
}

Instruction convolution(OperatorContext& context, const StoredOperator& stored) {
  const auto source = context.window_source(stored);
  const auto& options = context.options(stored);
  const auto& filter = context.constant(stored, 1, ElementType::int8);
  integer::Conv2d conv;
  conv.input = source.id;
  conv.output = context.output(stored);
  const auto& output = context.at(conv.output).shape;
  if (filter.shape.size() != 4 || filter.shape[3] != source.shape[2])
    context.refuse("its weights do not fit its input");
  conv.window = read_window(context, source, output, filter.shape[1], filter.shape[2], options, convolution_slots);
  conv.clamp = clamp(context, options, convolution_slots.activation);
  conv.weights = read_weights(context, filter);
  conv.weight_scale = scale_by_channel(context, filter, filter.shape[0], 0);
  conv.bias = read_bias(context, stored, filter.shape[0], context.at(conv.input).scale, conv.weight_scale);
  return conv;
}

Instruction depthwise(OperatorContext& context, const StoredOperator& stored) {
  const auto source = context.window_source(stored);
  const auto& options = context.options(stored);
  const auto& filter = context.constant(stored, 1, ElementType::int8);
  integer::DepthwiseConv2d conv;
  conv.input = source.id;
  conv.output = context.output(stored);
  const auto& output = context.at(conv.output).shape;
  if (filter.shape.size() != 4 || filter.shape[0] != 1 || filter.shape[3] != source.shape[2])
    context.refuse("its weights do not fit its input");
  if (options.scalar<std::int32_t>(depth_multiplier_slot, 0) != 1) context.refuse("its depth multiplier is not 1");
  conv.window = read_window(context, source, output, filter.shape[1], filter.shape[2], options, depthwise_slots);
  conv.clamp = clamp(context, options, depthwise_slots.activation);
  conv.weights = read_weights(context, filter);
  conv.weight_scale = scale_by_channel(context, filter, filter.shape[3], 3);
  conv.bias = read_bias(context, stored, filter.shape[3], context.at(conv.input).scale, conv.weight_scale);
  return conv;
}

Instruction dense(OperatorContext& context, const StoredOperator& stored) {
  constexpr int activation_slot = 0, format_slot = 1;
  const auto& options = context.options(stored);
  const auto& filter = context.constant(stored, 1, ElementType::int8);
  integer::FullyConnected layer;
  layer.input = context.activation(context.input(stored, 0));
  layer.output = context.output(stored);
  if (filter.shape.size() != 2 || filter.shape[1] != integer::elements(context.at(layer.input).shape))
    context.refuse("its weights do not fit its input");
  if (options.scalar<std::int8_t>(format_slot, 0) != 0)
    context.refuse("its weights are shuffled, which is not supported");
  layer.clamp = clamp(context, options, activation_slot);
  layer.weights = read_weights(context, filter);
  layer.weight_scale =
      filter.scales.size() == 1 ? filter.scales : scale_by_channel(context, filter, filter.shape[0], 0);
  auto each = layer.weight_scale;
  if (each.size() == 1) each.resize(static_cast<std::size_t>(filter.shape[0]), each.front());
  layer.bias = read_bias(context, stored, filter.shape[0], context.at(layer.input).scale, each);
  return layer;
}

Instruction add(OperatorContext& context, const StoredOperator& stored) {
  return integer::Add{context.activation(context.input(stored, 0)), context.activation(context.input(stored, 1)),
                      context.output(stored), stored.options ? clamp(context, *stored.options, 0) : Clamp::none};
}

/// Other writers may put the gate first; a product does not mind.
Instruction mul(OperatorContext& context, const StoredOperator& stored) {
  auto left = context.activation(context.input(stored, 0)), right = context.activation(context.input(stored, 1));
  if (context.at(left).shape != context.at(context.output(stored)).shape) std::swap(left, right);
  return integer::Mul{left, right, context.output(stored),
                      stored.options ? clamp(context, *stored.options, 0) : Clamp::none};
}

template <class Pool>
Instruction pool(OperatorContext& context, const StoredOperator& stored) {
  const auto source = context.window_source(stored);
  if (source.folded) context.refuse("a pool reads an activation that was padded for it, which changes its result");
  const auto& options = context.options(stored);
  Pool instruction;
  instruction.input = source.id;
  instruction.output = context.output(stored);
  instruction.window = read_window(context, source, context.at(instruction.output).shape,
                                   positive(context, options, filter_height_slot, "its height"),
                                   positive(context, options, filter_width_slot, "its width"), options, pool_slots);
  instruction.clamp = clamp(context, options, pool_slots.activation);
  return instruction;
}

Instruction mean(OperatorContext& context, const StoredOperator& stored) {
  const integer::Mean instruction{context.activation(context.input(stored, 0)), context.output(stored)};
  const auto rank = static_cast<std::int32_t>(context.at(instruction.input).shape.size()) + 1;
  auto axes = context.integers(stored, 1);
  for (auto& axis : axes)
    if (axis < 0) axis += rank;
  std::sort(axes.begin(), axes.end());
  if (rank != 4 || axes != std::vector<std::int32_t>{1, 2})
    context.refuse("only means over height and width are supported");
  if (stored.options && stored.options->scalar<std::uint8_t>(0, 0) != 0)
    context.refuse("it keeps the axes that it removes");
  return instruction;
}

Instruction softmax(OperatorContext& context, const StoredOperator& stored) {
  const auto beta = context.options(stored).scalar<float>(0, 0);
  if (!std::isfinite(beta) || beta <= 0) context.refuse(concat("its beta is ", beta));
  return integer::Softmax{context.activation(context.input(stored, 0)), context.output(stored), beta};
}

Instruction reshape(OperatorContext& context, const StoredOperator& stored) {
  const integer::Reshape instruction{context.activation(context.input(stored, 0)), context.output(stored)};
  if (context.has_input(stored, 1)) {
    const auto wanted = context.integers(stored, 1);
    Shape stated(wanted.begin(), wanted.end());
    Shape found = context.at(instruction.output).shape;
    found.insert(found.begin(), 1);
    const auto agrees = [](std::int64_t asked, std::int64_t got) { return asked == got || asked == -1; };
    if (!std::equal(stated.begin(), stated.end(), found.begin(), found.end(), agrees))
      context.refuse("its shape is not its output's");
  }
  return instruction;
}

Instruction concatenate(OperatorContext& context, const StoredOperator& stored) {
  constexpr int axis_slot = 0, activation_slot = 1;
  const auto& options = context.options(stored);
  integer::Concatenate instruction;
  for (std::size_t i = 0; i < stored.inputs.size(); ++i)
    instruction.inputs.push_back(context.activation(context.input(stored, i)));
  instruction.output = context.output(stored);
  const auto last = static_cast<std::int32_t>(context.at(instruction.output).shape.size());
  const auto axis = options.scalar<std::int32_t>(axis_slot, 0);
  if (axis != last && axis != -1)
    context.refuse(concat("it joins along axis ", axis, "; only the last one is supported"));
  if (clamp(context, options, activation_slot) != Clamp::none) context.refuse("it has a fused activation");
  return instruction;
}

Instruction pad(OperatorContext& context, const StoredOperator& stored) {
  const auto margins = context.margins(stored);
  return integer::Pad{context.activation(context.input(stored, 0)),
                      context.output(stored),
                      margins[0],
                      margins[1],
                      margins[2],
                      margins[3]};
}

/// PADV2: the value is a constant of the input's encoding.
Instruction pad_with_value(OperatorContext& context, const StoredOperator& stored) {
  auto instruction = std::get<integer::Pad>(pad(context, stored));
  const auto& value = context.constant(stored, 2, ElementType::int8);
  const auto& input = context.at(instruction.input);
  if (value.elements() != 1 || static_cast<std::int8_t>(value.data.front()) != -128)
    context.refuse("it pads with a value that is not the lowest code");
  if (value.scales != std::vector<float>{input.scale} ||
      value.zero_points != std::vector<std::int64_t>{input.zero_point})
    context.refuse("its value has another encoding than its input");
  instruction.lowest = true;
  return instruction;
}

/// Operators of one input without options.
template <class Unary>
Instruction unary(OperatorContext& context, const StoredOperator& stored) {
  return Unary{context.activation(context.input(stored, 0)), context.output(stored)};
}

}  // namespace

Instruction read_instruction(OperatorContext& context, const StoredOperator& stored) {
  switch (stored.code) {
    case Code::add:
      return add(context, stored);
    case Code::average_pool:
      return pool<integer::AveragePool2d>(context, stored);
    case Code::concatenation:
      return concatenate(context, stored);
    case Code::convolution:
      return convolution(context, stored);
    case Code::depthwise_convolution:
      return depthwise(context, stored);
    case Code::fully_connected:
      return dense(context, stored);
    case Code::hard_swish:
      return unary<integer::HardSwish>(context, stored);
    case Code::logistic:
      return unary<integer::Logistic>(context, stored);
    case Code::max_pool:
      return pool<integer::MaxPool2d>(context, stored);
    case Code::mul:
      return mul(context, stored);
    case Code::reshape:
      return reshape(context, stored);
    case Code::softmax:
      return softmax(context, stored);
    case Code::pad:
      return pad(context, stored);
    case Code::pad_with_value:
      return pad_with_value(context, stored);
    case Code::mean:
      return mean(context, stored);
    case Code::quantize:
      return unary<integer::Requantize>(context, stored);
  }
  context.refuse("the operator is not supported");
}

std::string name_of(Code code) {
  switch (code) {
    case Code::add:
      return "ADD";
    case Code::average_pool:
      return "AVERAGE_POOL_2D";
    case Code::concatenation:
      return "CONCATENATION";
    case Code::convolution:
      return "CONV_2D";
    case Code::depthwise_convolution:
      return "DEPTHWISE_CONV_2D";
    case Code::fully_connected:
      return "FULLY_CONNECTED";
    case Code::hard_swish:
      return "HARD_SWISH";
    case Code::logistic:
      return "LOGISTIC";
    case Code::max_pool:
      return "MAX_POOL_2D";
    case Code::mul:
      return "MUL";
    case Code::reshape:
      return "RESHAPE";
    case Code::softmax:
      return "SOFTMAX";
    case Code::pad:
      return "PAD";
    case Code::pad_with_value:
      return "PADV2";
    case Code::mean:
      return "MEAN";
    case Code::quantize:
      return "QUANTIZE";
  }
  return concat("operator number ", static_cast<int>(code));
}

}  // namespace espalier::exporting::tflite
