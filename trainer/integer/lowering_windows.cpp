#include "graph/operators/conv2d.h"
#include "graph/operators/depthwise_conv2d.h"
#include "graph/operators/pool2d.h"
#include "integer/lowering_impl.h"
#include "integer/weight_codes.h"

namespace espalier::integer {

template <class Attributes>
Window Lowering::window(const Node& anchor, const graph::Padding& padding) const {
  const auto& a = *anchor.as<Attributes>();
  const auto p = graph::place(anchor, network_.node(anchor.inputs[0]).shape, a.kernel, a.stride, padding);
  const auto small = [](std::int64_t extent) { return static_cast<std::int32_t>(extent); };
  return {small(a.kernel.height), small(a.kernel.width), small(a.stride.height), small(a.stride.width),
          small(p.top),           small(p.bottom),       small(p.left),          small(p.right)};
}

/// The window of a convolution and what it reads: padding that is neither SAME nor VALID becomes a Pad of its own.
template <class Attributes>
Window Lowering::padded_window(const Node& anchor, const Layer& layer, Id& input) {
  auto asked = window<Attributes>(anchor, anchor.as<Attributes>()->padding);
  const auto same = window<Attributes>(anchor, {graph::Padding::Mode::same});
  const auto sides = [](const Window& w) { return std::tuple(w.pad_top, w.pad_bottom, w.pad_left, w.pad_right); };
  if (sides(asked) == sides(same) || sides(asked) == std::tuple(0, 0, 0, 0)) return asked;
  input = padded(input, asked, layer.anchor, false);
  asked.pad_top = asked.pad_bottom = asked.pad_left = asked.pad_right = 0;
  return asked;
}

/// `input` with the window's padding around it; `lowest`: see Pad.
Id Lowering::padded(Id input, const Window& asked, const std::string& anchor, bool lowest) {
  const auto& from = at(input);
  const Shape shape = {from.shape[0] + asked.pad_top + asked.pad_bottom,
                       from.shape[1] + asked.pad_left + asked.pad_right, from.shape[2]};
  const Id grown = add_like(input, shape, anchor + ".padded");
  emit(Pad{input, grown, asked.pad_top, asked.pad_bottom, asked.pad_left, asked.pad_right, lowest});
  return grown;
}

void Lowering::lower_conv2d(const Layer& layer, const Node& anchor) {
  Id in = input(layer);
  const auto place = padded_window<graph::Conv2d>(anchor, layer, in);
  const Id out = output_of_layer(layer);
  auto codes = weight_codes(network_, layer.anchor, at(in).scale, at(out).scale, true);
  const auto channels = static_cast<std::size_t>(at(in).shape[2]),
             taps = static_cast<std::size_t>(place.kernel_height) * static_cast<std::size_t>(place.kernel_width);
  std::vector<std::int8_t> weights(codes.weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {  // [out][in][tap] -> [out][tap][in]
    const auto tap = i % taps, from = i / taps % channels, to = i / taps / channels;
    weights[(to * taps + tap) * channels + from] = codes.weights[i];
  }
  emit(Conv2d{in, out, place, std::move(weights), std::move(codes.scale), std::move(codes.bias), fused_clamp(layer)});
}

void Lowering::lower_depthwise(const Layer& layer, const Node& anchor) {
  Id in = input(layer);
  const auto place = padded_window<graph::DepthwiseConv2d>(anchor, layer, in);
  const Id out = output_of_layer(layer);
  auto codes = weight_codes(network_, layer.anchor, at(in).scale, at(out).scale, true);
  const auto channels = static_cast<std::size_t>(at(in).shape[2]), taps = codes.weights.size() / channels;
  std::vector<std::int8_t> weights(codes.weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i % taps * channels + i / taps] = codes.weights[i];
  emit(DepthwiseConv2d{in, out, place, std::move(weights), std::move(codes.scale), std::move(codes.bias),
                       fused_clamp(layer)});
}

void Lowering::lower_average_pool(const Layer& layer, const Node& anchor) {
  const Id out = output_of_layer(layer), in = requantized(input(layer), out);
  const auto& padding = anchor.as<graph::AveragePool2d>()->padding;
  emit(AveragePool2d{in, out, window<graph::AveragePool2d>(anchor, padding), Clamp::none});
}

void Lowering::lower_max_pool(const Layer& layer, const Node& anchor) {
  const Id out = output_of_layer(layer);
  Id in = requantized(input(layer), out);
  auto asked = window<graph::MaxPool2d>(anchor, anchor.as<graph::MaxPool2d>()->padding);
  if (!pads_as_runtimes_do<graph::MaxPool2d>(anchor, {network_.node(anchor.inputs[0]).shape})) {
    // Where no code lies below the zero point, an ordinary Pad is as good as one with the lowest code.
    in = padded(in, asked, layer.anchor, at(in).zero_point != -128);
    asked.pad_top = asked.pad_bottom = asked.pad_left = asked.pad_right = 0;
  }
  emit(MaxPool2d{in, out, asked, Clamp::none});
}

}  // namespace espalier::integer
