#include "integer/lowering.h"

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <tuple>

#include "base/text.h"
#include "graph/operators/conv2d.h"
#include "graph/operators/depthwise_conv2d.h"
#include "graph/operators/linear.h"
#include "graph/operators/pool2d.h"
#include "graph/operators/relu.h"
#include "integer/weight_codes.h"
#include "passes/fusion.h"

namespace espalier::integer {
namespace {

using graph::Network;
using graph::Node;
using passes::Layer;

/// For one-axis activations: the graph's feature at each place. Flattening a map with its channels innermost changes
/// the order.
using Order = std::vector<std::int64_t>;

Order same_order(std::int64_t count) {
  Order order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

/// {channels, height, width} -> {height, width, channels}.
Shape channels_last(const graph::Shape& shape) {
  return shape.size() == 3 ? Shape{shape[1], shape[2], shape[0]} : shape;
}

Clamp clamp_of(const Node& node) {
  if (node.as<graph::Relu>()) return Clamp::relu;
  if (node.as<graph::Relu6>()) return Clamp::relu6;
  fail(concat(node.op->key, " '", node.name, "' is no clamp that an integer program has"));
}

/// SAME or VALID: the two that edge runtimes have for pools.
template <class Attributes>
bool pads_as_runtimes_do(const Node& anchor, const std::vector<graph::Shape>& inputs) {
  const auto& a = *anchor.as<Attributes>();
  const auto asked = graph::place(anchor, inputs[0], a.kernel, a.stride, a.padding);
  const auto same = graph::place(anchor, inputs[0], a.kernel, a.stride, {graph::Padding::Mode::same});
  const auto sides = [](const graph::Placement& p) { return std::tuple(p.top, p.bottom, p.left, p.right); };
  return !asked.padded() || sides(asked) == sides(same);
}

class Lowering;
struct Handler {
  void (Lowering::*lower)(const Layer&, const Node& anchor);
  /// Why this node has no integer form; "" where it has one.
  std::string (*objection)(const Node& anchor, const std::vector<graph::Shape>& inputs) = nullptr;
};

class Lowering {
 public:
  explicit Lowering(const Network& network) : network_(network), groups_(passes::encoding_groups(network)) {
    program_.name = network.name;
  }

  static const graph::Table<Handler>& table();

  Program run() {
    for (const auto& layer : passes::fuse(network_)) {
      const auto& anchor = network_.node(layer.anchor);
      (this->*table().find(anchor.op->key)->lower)(layer, anchor);
    }
    program_.input = ids_.at(network_.nodes.front().name);
    program_.output = ids_.at(network_.nodes.back().name);
    const auto order = orders_.find(program_.output);
    if (order != orders_.end() && !std::is_sorted(order->second.begin(), order->second.end()))
      fail(concat("the output '", network_.nodes.back().name,
                  "' is a flattened map, whose order would change; put a linear layer after it"));
    check(program_);
    return std::move(program_);
  }

 private:
  // --- activations

  Id add_activation(std::string name, Shape shape, float scale, std::int32_t zero_point) {
    program_.activations.push_back({std::move(name), std::move(shape), scale, zero_point});
    return static_cast<Id>(program_.activations.size()) - 1;
  }

  const graph::Encoding& encoding(const std::string& output) const {
    for (const auto& name : {output, groups_.at(output)}) {
      const auto found = network_.encodings.find(name);
      if (found == network_.encodings.end()) continue;
      if (found->second.scale.size() != 1 || found->second.zero_point.size() != 1 || found->second.low != -128 ||
          found->second.high != 127)
        fail(concat("activation '", name, "' is not int8 per tensor"));
      return found->second;
    }
    fail(concat("activation '", output,
                "' has no encoding; the recipe does not quantize it or the network was not frozen"));
  }

  Id output_of_layer(const Layer& layer) {
    const auto& known = encoding(layer.output);
    return ids_[layer.output] = add_activation(layer.output, channels_last(network_.node(layer.output).shape),
                                               known.scale[0], known.zero_point[0]);
  }

  const Activation& at(Id id) const { return program_.activations[static_cast<std::size_t>(id)]; }
  Id input(const Layer& layer, std::size_t i = 0) const { return ids_.at(layer.inputs[i]); }

  bool same_encoding(Id a, Id b) const { return at(a).scale == at(b).scale && at(a).zero_point == at(b).zero_point; }

  /// `id` in the encoding of `like`; one instruction however many layers ask for it.
  Id requantized(Id id, Id like) {
    if (same_encoding(id, like)) return id;
    const auto key = std::tuple(id, at(like).scale, at(like).zero_point);
    if (const auto known = requantized_.find(key); known != requantized_.end()) return known->second;
    const Id out = add_activation(concat(at(id).name, ".requantized", requantized_.size() + 1), at(id).shape,
                                  at(like).scale, at(like).zero_point);
    if (const auto order = orders_.find(id); order != orders_.end()) orders_[out] = Order(order->second);
    emit(Requantize{id, out});
    return requantized_[key] = out;
  }

  void emit(Instruction instruction) { program_.instructions.push_back(std::move(instruction)); }

  Order order(Id id) const {
    const auto known = orders_.find(id);
    return known == orders_.end() ? same_order(elements(at(id).shape)) : known->second;
  }

  Clamp fused_clamp(const Layer& layer) const {
    return layer.clamp.empty() ? Clamp::none : clamp_of(network_.node(layer.clamp));
  }

  // --- windows

  template <class Attributes>
  Window window(const Node& anchor, const graph::Padding& padding) const {
    const auto& a = *anchor.as<Attributes>();
    const auto p = graph::place(anchor, network_.node(anchor.inputs[0]).shape, a.kernel, a.stride, padding);
    const auto small = [](std::int64_t extent) { return static_cast<std::int32_t>(extent); };
    return {small(a.kernel.height), small(a.kernel.width), small(a.stride.height), small(a.stride.width),
            small(p.top),           small(p.bottom),       small(p.left),          small(p.right)};
  }

  /// The window of a convolution and what it reads: padding that is neither SAME nor VALID becomes a Pad of its own.
  template <class Attributes>
  Window padded_window(const Node& anchor, const Layer& layer, Id& input) {
    auto asked = window<Attributes>(anchor, anchor.as<Attributes>()->padding);
    const auto same = window<Attributes>(anchor, {graph::Padding::Mode::same});
    const auto sides = [](const Window& w) { return std::tuple(w.pad_top, w.pad_bottom, w.pad_left, w.pad_right); };
    if (sides(asked) == sides(same) || sides(asked) == std::tuple(0, 0, 0, 0)) return asked;
    input = padded(input, asked, layer.anchor, false);
    asked.pad_top = asked.pad_bottom = asked.pad_left = asked.pad_right = 0;
    return asked;
  }

  /// `input` with the window's padding around it; `lowest`: see Pad.
  Id padded(Id input, const Window& asked, const std::string& anchor, bool lowest) {
    const auto& from = at(input);
    const Shape shape = {from.shape[0] + asked.pad_top + asked.pad_bottom,
                         from.shape[1] + asked.pad_left + asked.pad_right, from.shape[2]};
    const Id grown = add_like(input, shape, anchor + ".padded");
    emit(Pad{input, grown, asked.pad_top, asked.pad_bottom, asked.pad_left, asked.pad_right, lowest});
    return grown;
  }

  // --- a handler for each operator

  void lower_input(const Layer& layer, const Node&) { output_of_layer(layer); }

  void lower_conv2d(const Layer& layer, const Node& anchor) {
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

  void lower_depthwise(const Layer& layer, const Node& anchor) {
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

  void lower_linear(const Layer& layer, const Node&) {
    const Id in = input(layer), out = output_of_layer(layer);
    auto codes = weight_codes(network_, layer.anchor, at(in).scale, at(out).scale, false);
    const auto columns = order(in);
    std::vector<std::int8_t> weights(codes.weights.size());
    for (std::size_t i = 0; i < weights.size(); ++i)
      weights[i] =
          codes.weights[i / columns.size() * columns.size() + static_cast<std::size_t>(columns[i % columns.size()])];
    emit(
        FullyConnected{in, out, std::move(weights), std::move(codes.scale), std::move(codes.bias), fused_clamp(layer)});
  }

  void lower_add(const Layer& layer, const Node& anchor) {
    const Id left = input(layer, 0), right = input(layer, 1), out = output_of_layer(layer);
    if (order(left) != order(right))
      mistake(anchor.origin.text(),
              concat("add '", anchor.name, "' adds a flattened map to features in another order"));
    if (orders_.count(left)) orders_[out] = order(left);
    emit(Add{left, right, out, fused_clamp(layer)});
  }

  void lower_concat(const Layer& layer, const Node&) {
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

  void lower_average_pool(const Layer& layer, const Node& anchor) {
    const Id out = output_of_layer(layer), in = requantized(input(layer), out);
    const auto& padding = anchor.as<graph::AveragePool2d>()->padding;
    emit(AveragePool2d{in, out, window<graph::AveragePool2d>(anchor, padding), Clamp::none});
  }

  void lower_max_pool(const Layer& layer, const Node& anchor) {
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

  void lower_mean(const Layer& layer, const Node&) {
    const Id in = input(layer), out = output_of_layer(layer);
    emit(Mean{in, out});
  }

  void lower_flatten(const Layer& layer, const Node&) {
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

  /// A clamp that fuses with nothing. Where its output's range ends where the clamp does, saturation is the clamp; else
  /// a pool of one element clamps.
  void lower_clamp(const Layer& layer, const Node& anchor) {
    const Id out = output_of_layer(layer);
    const auto& to = at(out);
    const auto clamp = clamp_of(anchor);
    const bool saturates =
        to.zero_point == -128 && (clamp == Clamp::relu || 255 * static_cast<double>(to.scale) <= 6 + to.scale / 2.0);
    if (const auto places = orders_.find(input(layer)); places != orders_.end()) orders_[out] = Order(places->second);
    if (saturates) return emit(Requantize{input(layer), out});
    const Shape shape = to.shape;
    if (shape.size() == 3) return emit(MaxPool2d{requantized(input(layer), out), out, {}, clamp});
    const Id pixel = reshaped(requantized(input(layer), out), layer.anchor + ".pixel"),
             clamped = add_like(out, {1, 1, shape[0]}, layer.anchor + ".clamped");
    emit(MaxPool2d{pixel, clamped, {}, clamp});
    emit(Reshape{clamped, out});
  }

  Id add_like(Id like, Shape shape, std::string name) {
    return add_activation(std::move(name), std::move(shape), at(like).scale, at(like).zero_point);
  }

  /// Features as one pixel with as many channels.
  Id reshaped(Id features, std::string name) {
    const Id pixel = add_like(features, {1, 1, at(features).shape[0]}, std::move(name));
    emit(Reshape{features, pixel});
    return pixel;
  }

  const Network& network_;
  std::map<std::string, std::string> groups_;
  Program program_;
  std::map<std::string, Id> ids_;
  std::map<Id, Order> orders_;  ///< where it is not the graph's
  std::map<std::tuple<Id, float, std::int32_t>, Id> requantized_;
};

/// Average pools never count their padding, so that a Pad in front cannot stand for it.
std::string average_pool_objection(const Node& anchor, const std::vector<graph::Shape>& inputs) {
  if (pads_as_runtimes_do<graph::AveragePool2d>(anchor, inputs)) return {};
  return "pads as neither `same` nor `valid` does, which edge runtimes cannot";
}

const graph::Table<Handler>& Lowering::table() {
  static const graph::Table<Handler> all = {
      {{"input", {&Lowering::lower_input}},
       {"conv2d", {&Lowering::lower_conv2d}},
       {"depthwise_conv2d", {&Lowering::lower_depthwise}},
       {"linear", {&Lowering::lower_linear}},
       {"add", {&Lowering::lower_add}},
       {"concat", {&Lowering::lower_concat}},
       {"average_pool2d", {&Lowering::lower_average_pool, average_pool_objection}},
       {"max_pool2d", {&Lowering::lower_max_pool}},
       {"global_average_pool", {&Lowering::lower_mean}},
       {"flatten", {&Lowering::lower_flatten}},
       {"relu", {&Lowering::lower_clamp}},
       {"relu6", {&Lowering::lower_clamp}}},
      {{"batch_norm", "folds only into a convolution or linear layer right before it that nothing else reads"},
       {"dropout", "is removed before lowering"}}};
  return all;
}

std::string objection(const Network& network, const Node& anchor) {
  const auto& table = Lowering::table();
  if (const auto refused = table.refused.find(anchor.op->key); refused != table.refused.end()) return refused->second;
  const auto* handler = table.find(anchor.op->key);
  if (!handler) return "has no integer form";
  return handler->objection ? handler->objection(anchor, network.input_shapes(anchor)) : std::string();
}

}  // namespace

std::vector<Problem> unsupported(const Network& network) {
  std::vector<Problem> problems;
  for (const auto& layer : passes::fuse(network)) {
    const auto& anchor = network.node(layer.anchor);
    if (const auto reason = objection(network, anchor); !reason.empty())
      problems.push_back({anchor.origin.text(), concat(anchor.op->key, " '", anchor.name, "' ", reason)});
  }
  return problems;
}

std::vector<std::string> lowering_holes(const graph::Operators& operators) {
  return Lowering::table().holes(operators);
}

Program lower(const Network& network) {
  refuse(unsupported(network));
  for (const auto& node : network.nodes) {
    const bool folds = std::ranges::any_of(network.slots(node),
                                           [](const graph::Slot& slot) { return slot.role == graph::Role::gamma; });
    if (folds || node.op->encoding == graph::EncodingTrait::none)
      fail(concat(node.op->key, " '", node.name,
                  "' stands in a network that is to be lowered; fold batch norm and remove dropout first"));
  }
  return Lowering(network).run();
}

}  // namespace espalier::integer
