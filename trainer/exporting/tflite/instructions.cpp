#include "exporting/tflite/instructions_impl.h"

#include <array>

#include "base/error.h"
#include "base/text.h"
#include "exporting/tflite/padding.h"
#include "exporting/tflite/writer.h"

namespace espalier::exporting::tflite {
namespace {

using integer::Shape;
using integer::Window;

/// Version of an operator with int8 operands and the TFLite release that brought it (major * 1000 + minor).
struct Since {
  std::int32_t version, release;
};
constexpr Since int8_convolution{3, 1014}, int8_dense{4, 1014}, int8_dense_by_channel{12, 2017}, int8_pool{2, 1014},
    int8_add{2, 1014}, int8_mul{2, 1014}, int8_mean{2, 1014}, int8_softmax{2, 1014}, int8_logistic{2, 1014},
    int8_concatenate{2, 1014}, int8_pad{2, 1014}, int8_pad_with_value{2, 1014}, int8_requantize{2, 1015},
    int8_hard_swish{1, 1015}, any_reshape{1, 1005};

template <class Options>
wire::OptionsUnion options(Options values) {
  wire::OptionsUnion all;
  all.Set(std::move(values));
  return all;
}

std::int32_t narrow(std::int64_t size) { return static_cast<std::int32_t>(size); }

wire::Activation fused(integer::Clamp clamp) {
  switch (clamp) {
    case integer::Clamp::none:
      return wire::Activation_NONE;
    case integer::Clamp::relu:
      return wire::Activation_RELU;
    case integer::Clamp::relu6:
      return wire::Activation_RELU6;
  }
  fail("a clamp that TFLite does not have");
}

wire::Padding padding(PaddingForm form) { return form == PaddingForm::same ? wire::Padding_SAME : wire::Padding_VALID; }

ConstantEncoding bias_encoding(float input_scale, const std::vector<float>& weight_scale) {
  ConstantEncoding encoding;
  for (const auto scale : weight_scale) encoding.scales.push_back(input_scale * scale);
  return encoding;
}

TensorIndex add_bias(ModelBuilder& model, integer::Id input, integer::Id output, const std::vector<float>& weight_scale,
                     const std::vector<std::int32_t>& bias) {
  return model.add_int32(model.activation(output).name + "/bias", {narrow(static_cast<std::int64_t>(bias.size()))},
                         bias, bias_encoding(model.activation(input).scale, weight_scale));
}

/// PAD of height and width; fills with the output's zero point.
void add_pad(ModelBuilder& model, TensorIndex input, TensorIndex output, const std::string& name,
             const std::array<std::int32_t, 8>& amounts) {
  const auto sizes = model.add_int32(name + "/paddings", {4, 2}, amounts);
  model.add_operator(wire::Operation_PAD, int8_pad.version, int8_pad.release, {input, sizes}, output,
                     options(wire::PadOptionsT()));
}

/// The tensor that a window of `form` reads: the activation itself, or its padded copy.
TensorIndex padded_input(ModelBuilder& model, integer::Id id, integer::Id output, const Window& window,
                         PaddingForm form) {
  if (form != PaddingForm::explicit_pad) return id;
  const auto& input = model.activation(id);
  const auto cut = effective(window, input.shape, model.activation(output).shape);
  auto grown = input;
  grown.name = concat(model.activation(output).name, padded_suffix);
  grown.shape[0] += cut.pad_top + cut.pad_bottom;
  grown.shape[1] += cut.pad_left + cut.pad_right;
  const auto padded = model.add_activation(grown);
  add_pad(model, id, padded, grown.name, {0, 0, cut.pad_top, cut.pad_bottom, cut.pad_left, cut.pad_right, 0, 0});
  return padded;
}

/// Average pools leave padding out of the mean and maximum pools out of the maximum: a PAD operator would put it in.
PaddingForm pool_form(const ModelBuilder& model, integer::Id input, integer::Id output, const Window& window) {
  const auto form = padding_form(window, model.activation(input).shape, model.activation(output).shape);
  if (form == PaddingForm::explicit_pad)
    fail(concat("pool '", model.activation(output).name,
                "': TFLite pools pad as SAME or VALID only; use symmetric padding that "
                "TensorFlow's SAME gives, or none"));
  return form;
}

template <class Pool>
void append_pool(ModelBuilder& model, const Pool& pool, wire::Operation operation) {
  wire::Pool2DOptionsT values;
  values.padding = padding(pool_form(model, pool.input, pool.output, pool.window));
  values.stride_h = pool.window.stride_height;
  values.stride_w = pool.window.stride_width;
  values.filter_h = pool.window.kernel_height;
  values.filter_w = pool.window.kernel_width;
  values.activation = fused(pool.clamp);
  model.add_operator(operation, int8_pool.version, int8_pool.release, {pool.input}, pool.output, options(values));
}

}  // namespace

void append(ModelBuilder& model, const integer::Conv2d& conv) {
  const auto& input = model.activation(conv.input);
  const auto& output = model.activation(conv.output);
  const auto form = padding_form(conv.window, input.shape, output.shape);
  const auto source = padded_input(model, conv.input, conv.output, conv.window, form);
  const auto weights = model.add_int8(
      output.name + "/weights",
      {narrow(output.shape[2]), conv.window.kernel_height, conv.window.kernel_width, narrow(input.shape[2])},
      conv.weights, {conv.weight_scale, 0});
  const auto bias = add_bias(model, conv.input, conv.output, conv.weight_scale, conv.bias);
  wire::Conv2DOptionsT values;
  values.padding = padding(form);
  values.stride_h = conv.window.stride_height;
  values.stride_w = conv.window.stride_width;
  values.activation = fused(conv.clamp);
  model.add_operator(wire::Operation_CONV_2D, int8_convolution.version, int8_convolution.release,
                     {source, weights, bias}, conv.output, options(values));
}

void append(ModelBuilder& model, const integer::DepthwiseConv2d& conv) {
  const auto& input = model.activation(conv.input);
  const auto& output = model.activation(conv.output);
  const auto form = padding_form(conv.window, input.shape, output.shape);
  const auto source = padded_input(model, conv.input, conv.output, conv.window, form);
  const auto weights = model.add_int8(output.name + "/weights",
                                      {1, conv.window.kernel_height, conv.window.kernel_width, narrow(input.shape[2])},
                                      conv.weights, {conv.weight_scale, 3});
  const auto bias = add_bias(model, conv.input, conv.output, conv.weight_scale, conv.bias);
  wire::DepthwiseConv2DOptionsT values;
  values.padding = padding(form);
  values.stride_h = conv.window.stride_height;
  values.stride_w = conv.window.stride_width;
  values.depth_multiplier = 1;  // the format's default is 0, which runtimes take at its word
  values.activation = fused(conv.clamp);
  model.add_operator(wire::Operation_DEPTHWISE_CONV_2D, int8_convolution.version, int8_convolution.release,
                     {source, weights, bias}, conv.output, options(values));
}

void append(ModelBuilder& model, const integer::FullyConnected& dense) {
  const auto& name = model.activation(dense.output).name;
  const auto outputs = static_cast<std::int64_t>(dense.bias.size());
  const auto inputs = integer::elements(model.activation(dense.input).shape);
  const auto weights =
      model.add_int8(name + "/weights", {narrow(outputs), narrow(inputs)}, dense.weights, {dense.weight_scale, 0});
  const auto bias = add_bias(model, dense.input, dense.output, dense.weight_scale, dense.bias);
  const auto since = dense.weight_scale.size() > 1 ? int8_dense_by_channel : int8_dense;
  wire::FullyConnectedOptionsT values;
  values.activation = fused(dense.clamp);
  model.add_operator(wire::Operation_FULLY_CONNECTED, since.version, since.release, {dense.input, weights, bias},
                     dense.output, options(values));
}

void append(ModelBuilder& model, const integer::Add& add) {
  wire::AddOptionsT values;
  values.activation = fused(add.clamp);
  model.add_operator(wire::Operation_ADD, int8_add.version, int8_add.release, {add.left, add.right}, add.output,
                     options(values));
}

void append(ModelBuilder& model, const integer::Mul& mul) {
  wire::MulOptionsT values;
  values.activation = fused(mul.clamp);
  model.add_operator(wire::Operation_MUL, int8_mul.version, int8_mul.release, {mul.left, mul.right}, mul.output,
                     options(values));
}

void append(ModelBuilder& model, const integer::AveragePool2d& pool) {
  append_pool(model, pool, wire::Operation_AVERAGE_POOL_2D);
}
void append(ModelBuilder& model, const integer::MaxPool2d& pool) {
  append_pool(model, pool, wire::Operation_MAX_POOL_2D);
}

void append(ModelBuilder& model, const integer::Mean& mean) {
  constexpr std::array<std::int32_t, 2> height_and_width{1, 2};
  const auto axes = model.add_int32(model.activation(mean.output).name + "/axes", {2}, height_and_width);
  model.add_operator(wire::Operation_MEAN, int8_mean.version, int8_mean.release, {mean.input, axes}, mean.output,
                     options(wire::ReducerOptionsT()));
}

void append(ModelBuilder& model, const integer::Softmax& softmax) {
  wire::SoftmaxOptionsT values;
  values.beta = softmax.beta;
  model.add_operator(wire::Operation_SOFTMAX, int8_softmax.version, int8_softmax.release, {softmax.input},
                     softmax.output, options(values));
}

void append(ModelBuilder& model, const integer::Logistic& logistic) {
  model.add_operator(wire::Operation_LOGISTIC, int8_logistic.version, int8_logistic.release, {logistic.input},
                     logistic.output, {});
}

void append(ModelBuilder& model, const integer::HardSwish& swish) {
  model.add_operator(wire::Operation_HARD_SWISH, int8_hard_swish.version, int8_hard_swish.release, {swish.input},
                     swish.output, options(wire::HardSwishOptionsT()));
}

void append(ModelBuilder& model, const integer::Reshape& reshape) {
  const auto& output = model.activation(reshape.output);
  wire::ReshapeOptionsT values;
  values.new_shape = batched(output.shape);
  const auto shape = model.add_int32(output.name + "/shape",
                                     {narrow(static_cast<std::int64_t>(values.new_shape.size()))}, values.new_shape);
  model.add_operator(wire::Operation_RESHAPE, any_reshape.version, any_reshape.release, {reshape.input, shape},
                     reshape.output, options(values));
}

void append(ModelBuilder& model, const integer::Concatenate& concatenate) {
  wire::ConcatenationOptionsT values;
  values.axis = narrow(
      static_cast<std::int64_t>(model.activation(concatenate.output).shape.size()));  // the last one, after the batch
  model.add_operator(wire::Operation_CONCATENATION, int8_concatenate.version, int8_concatenate.release,
                     concatenate.inputs, concatenate.output, options(values));
}

void append(ModelBuilder& model, const integer::Pad& pad) {
  const auto& output = model.activation(pad.output);
  const std::array<std::int32_t, 8> amounts = {0, 0, pad.top, pad.bottom, pad.left, pad.right, 0, 0};
  if (!pad.lowest) return add_pad(model, pad.input, pad.output, output.name, amounts);
  constexpr std::array<std::int8_t, 1> lowest{-128};
  const auto sizes = model.add_int32(output.name + "/paddings", {4, 2}, amounts);
  const auto value = model.add_int8(output.name + "/value", {1}, lowest, {{output.scale}, 0, output.zero_point});
  model.add_operator(wire::Operation_PADV2, int8_pad_with_value.version, int8_pad_with_value.release,
                     {pad.input, sizes, value}, pad.output, options(wire::PadV2OptionsT()));
}

void append(ModelBuilder& model, const integer::Requantize& requantize) {
  model.add_operator(wire::Operation_QUANTIZE, int8_requantize.version, int8_requantize.release, {requantize.input},
                     requantize.output, options(wire::QuantizeOptionsT()));
}

}  // namespace espalier::exporting::tflite
