#include <algorithm>
#include <cmath>

#include "graph/operators/mul.h"
#include "graph/operators/relu.h"
#include "integer/lowering_impl.h"
#include "integer/weight_codes.h"

namespace espalier::integer {

void Lowering::lower_input(const Layer& layer, const Node&) { output_of_layer(layer); }

void Lowering::lower_linear(const Layer& layer, const Node&) {
  const Id in = input(layer), out = output_of_layer(layer);
  auto codes = weight_codes(network_, layer.anchor, at(in).scale, at(out).scale, false);
  const auto columns = order(in);
  std::vector<std::int8_t> weights(codes.weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i)
    weights[i] =
        codes.weights[i / columns.size() * columns.size() + static_cast<std::size_t>(columns[i % columns.size()])];
  emit(FullyConnected{in, out, std::move(weights), std::move(codes.scale), std::move(codes.bias), fused_clamp(layer)});
}

void Lowering::lower_add(const Layer& layer, const Node& anchor) {
  const Id left = input(layer, 0), right = input(layer, 1), out = output_of_layer(layer);
  if (order(left) != order(right))
    mistake(anchor.origin.text(), concat("add '", anchor.name, "' adds a flattened map to features in another order"));
  keep_order(left, out);
  emit(Add{left, right, out, fused_clamp(layer)});
}

void Lowering::lower_mul(const Layer& layer, const Node& anchor) {
  Id left = input(layer, 0), right = input(layer, 1);
  if (graph::is_gate(network_.node(anchor.inputs[0]).shape, anchor.shape)) std::swap(left, right);
  const auto places = order(right);
  const bool same = at(left).shape == at(right).shape;
  if (same ? order(left) != places : !std::is_sorted(places.begin(), places.end()))
    mistake(anchor.origin.text(),
            concat("mul '", anchor.name, "' multiplies a flattened map by features in another order"));
  const Id out = output_of_layer(layer);
  keep_order(left, out);
  emit(Mul{left, right, out, fused_clamp(layer)});
}

void Lowering::lower_concat(const Layer& layer, const Node&) {
  const Id out = output_of_layer(layer);
  Concatenate joined{{}, out};
  Order joined_order;
  for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
    joined.inputs.push_back(requantized(input(layer, i), out));
    const auto offset = static_cast<std::int64_t>(joined_order.size());
    for (const auto feature : order(joined.inputs.back())) joined_order.push_back(offset + feature);
  }
  if (at(out).shape.size() == 1) orders_[out] = std::move(joined_order);
  emit(std::move(joined));
}

void Lowering::lower_mean(const Layer& layer, const Node&) {
  const Id in = input(layer), out = output_of_layer(layer);
  emit(Mean{in, out});
}

void Lowering::lower_flatten(const Layer& layer, const Node&) {
  const Id out = output_of_layer(layer), in = requantized(input(layer), out);
  const auto& shape = at(in).shape;
  Order places = order(in);
  if (shape.size() == 3) {
    const auto pixels = shape[0] * shape[1], channels = shape[2];
    for (std::int64_t i = 0; i < elements(shape); ++i)
      places[static_cast<std::size_t>(i)] = i % channels * pixels + i / channels;
  }
  orders_[out] = std::move(places);
  emit(Reshape{in, out});
}

void Lowering::lower_sigmoid(const Layer& layer, const Node&) {
  const Id in = input(layer), out = output_of_layer(layer);
  keep_order(in, out);
  emit(Logistic{in, out});
}

void Lowering::lower_hard_swish(const Layer& layer, const Node&) {
  const Id in = input(layer), out = output_of_layer(layer);
  keep_order(in, out);
  emit(HardSwish{in, out});
}

namespace {

/// x / 6 + 1/2 of each of `channels`: a weight of 127 steps of 1/762, fewer where the bias would leave half of int32.
DepthwiseConv2d line_of_hard_sigmoid(float input_scale, std::size_t channels) {
  constexpr double room = 1 << 30;
  const double scale = static_cast<double>(input_scale), steps = std::clamp(std::floor(scale * room / 3), 1.0, 127.0);
  const auto weight_scale = static_cast<float>(1 / (6 * steps));
  const double bias = std::round(0.5 / (scale * static_cast<double>(weight_scale)));
  if (bias > room) fail(concat("a hard_sigmoid's input has the scale ", input_scale, ", too small for its bias"));
  DepthwiseConv2d line;
  line.weights.assign(channels, static_cast<std::int8_t>(steps));
  line.weight_scale.assign(channels, weight_scale);
  line.bias.assign(channels, static_cast<std::int32_t>(bias));
  return line;
}

}  // namespace

/// Runtimes have no operator for it: a depthwise convolution of one element computes the line, and its output's
/// encoding ends where the function does.
void Lowering::lower_hard_sigmoid(const Layer& layer, const Node&) {
  const Id out = output_of_layer(layer), in = input(layer);
  const Shape shape = at(out).shape;
  const bool image = shape.size() == 3;
  auto line = line_of_hard_sigmoid(at(in).scale, static_cast<std::size_t>(shape.back()));
  line.input = image ? in : reshaped(in, layer.anchor + ".pixel");
  line.output = image ? out : add_like(out, {1, 1, shape[0]}, layer.anchor + ".line");
  const Id written = line.output;
  emit(std::move(line));
  if (!image) emit(Reshape{written, out});
  keep_order(in, out);
}

/// A clamp that fuses with nothing. Where its output's range ends where the clamp does, saturation is the clamp; else
/// a pool of one element clamps.
void Lowering::lower_clamp(const Layer& layer, const Node& anchor) {
  const Id out = output_of_layer(layer);
  const auto& to = at(out);
  const auto clamp = clamp_of(anchor);
  const bool saturates =
      to.zero_point == -128 && (clamp == Clamp::relu || 255 * static_cast<double>(to.scale) <= 6 + to.scale / 2.0);
  keep_order(input(layer), out);
  if (saturates) return emit(Requantize{input(layer), out});
  const Shape shape = to.shape;
  if (shape.size() == 3) return emit(MaxPool2d{requantized(input(layer), out), out, {}, clamp});
  const Id pixel = reshaped(requantized(input(layer), out), layer.anchor + ".pixel"),
           clamped = add_like(out, {1, 1, shape[0]}, layer.anchor + ".clamped");
  emit(MaxPool2d{pixel, clamped, {}, clamp});
  emit(Reshape{clamped, out});
}

}  // namespace espalier::integer
