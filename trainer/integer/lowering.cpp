#include "integer/lowering.h"

#include <algorithm>
#include <numeric>

#include "graph/operators/pool2d.h"
#include "graph/operators/relu.h"
#include "integer/lowering_impl.h"
#include "integer/order.h"

namespace espalier::integer {
namespace {

using graph::Network;
using graph::Node;

Order same_order(std::int64_t count) {
  Order order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

/// {channels, height, width} -> {height, width, channels}.
Shape channels_last(const graph::Shape& shape) {
  return shape.size() == 3 ? Shape{shape[1], shape[2], shape[0]} : shape;
}

constexpr const char* recurrent_objection =
    "has no int8 form: microcontrollers run a temporal convolution in its place "
    "(configs/models/temporal_conv_net.yaml, "
    "recipes/activity_recognition.yaml); or keep it in float or quantized at run time, without a quantize modifier: "
    "export onnx_float, onnx_dynamic, torchscript or torchscript_dynamic";

/// Average pools never count their padding, so that a Pad in front cannot stand for it.
std::string average_pool_objection(const Node& anchor, const std::vector<graph::Shape>& inputs) {
  if (pads_as_runtimes_do<graph::AveragePool2d>(anchor, inputs)) return {};
  return "pads as neither `same` nor `valid` does, which edge runtimes cannot";
}

}  // namespace

Clamp clamp_of(const Node& node) {
  if (node.as<graph::Relu>()) return Clamp::relu;
  if (node.as<graph::Relu6>()) return Clamp::relu6;
  fail(concat(node.op->key, " '", node.name, "' is no clamp that an integer program has"));
}

Program Lowering::run() {
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
  program_ = reordered(std::move(program_));
  check(program_);
  return std::move(program_);
}

Id Lowering::add_activation(std::string name, Shape shape, float scale, std::int32_t zero_point) {
  program_.activations.push_back({std::move(name), std::move(shape), scale, zero_point});
  return static_cast<Id>(program_.activations.size()) - 1;
}

Id Lowering::add_like(Id like, Shape shape, std::string name) {
  return add_activation(std::move(name), std::move(shape), at(like).scale, at(like).zero_point);
}

const graph::Encoding& Lowering::encoding(const std::string& output) const {
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

Id Lowering::output_of_layer(const Layer& layer) {
  const auto& known = encoding(layer.output);
  return ids_[layer.output] = add_activation(layer.output, channels_last(network_.node(layer.output).shape),
                                             known.scale[0], known.zero_point[0]);
}

Id Lowering::requantized(Id id, Id like) {
  if (same_encoding(id, like)) return id;
  const auto key = std::tuple(id, at(like).scale, at(like).zero_point);
  if (const auto known = requantized_.find(key); known != requantized_.end()) return known->second;
  const Id out = add_activation(concat(at(id).name, ".requantized", requantized_.size() + 1), at(id).shape,
                                at(like).scale, at(like).zero_point);
  keep_order(id, out);
  emit(Requantize{id, out});
  return requantized_[key] = out;
}

Id Lowering::reshaped(Id features, std::string name) {
  const Id pixel = add_like(features, {1, 1, at(features).shape[0]}, std::move(name));
  emit(Reshape{features, pixel});
  return pixel;
}

Order Lowering::order(Id id) const {
  const auto known = orders_.find(id);
  return known == orders_.end() ? same_order(elements(at(id).shape)) : known->second;
}

void Lowering::keep_order(Id from, Id to) {
  if (const auto known = orders_.find(from); known != orders_.end()) orders_[to] = Order(known->second);
}

Clamp Lowering::fused_clamp(const Layer& layer) const {
  return layer.clamp.empty() ? Clamp::none : clamp_of(network_.node(layer.clamp));
}

const graph::Table<LoweringRow>& Lowering::table() {
  static const graph::Table<LoweringRow> all = {
      {{"input", {&Lowering::lower_input}},
       {"conv2d", {&Lowering::lower_conv2d}},
       {"depthwise_conv2d", {&Lowering::lower_depthwise}},
       {"linear", {&Lowering::lower_linear}},
       {"add", {&Lowering::lower_add}},
       {"mul", {&Lowering::lower_mul}},
       {"concat", {&Lowering::lower_concat}},
       {"average_pool2d", {&Lowering::lower_average_pool, average_pool_objection}},
       {"max_pool2d", {&Lowering::lower_max_pool}},
       {"global_average_pool", {&Lowering::lower_mean}},
       {"flatten", {&Lowering::lower_flatten}},
       {"sigmoid", {&Lowering::lower_sigmoid}},
       {"hard_sigmoid", {&Lowering::lower_hard_sigmoid}},
       {"hard_swish", {&Lowering::lower_hard_swish}},
       {"relu", {&Lowering::lower_clamp}},
       {"relu6", {&Lowering::lower_clamp}}},
      {{"batch_norm", "folds only into a convolution or linear layer right before it that nothing else reads"},
       {"dropout", "is removed before lowering"},
       {"lstm", recurrent_objection},
       {"gru", recurrent_objection}}};
  return all;
}

namespace {
std::string objection(const Network& network, const Node& anchor) {
  const auto& table = Lowering::table();
  if (const auto refused = table.refused.find(anchor.op->key); refused != table.refused.end()) return refused->second;
  const auto* handler = table.find(anchor.op->key);
  if (!handler) return "has no integer form";
  return handler->objection ? handler->objection(anchor, network.input_shapes(anchor)) : std::string();
}

}  // namespace

std::map<std::string, std::string> objections(const Network& network) {
  std::map<std::string, std::string> all;
  for (const auto& layer : passes::fuse(network)) {
    const auto& anchor = network.node(layer.anchor);
    if (const auto reason = objection(network, anchor); !reason.empty())
      all[anchor.name] = concat(anchor.op->key, " '", anchor.name, "' ", reason);
  }
  return all;
}

std::vector<Problem> unsupported(const Network& network) {
  std::vector<Problem> problems;
  const auto all = objections(network);
  for (const auto& node : network.nodes)
    if (const auto found = all.find(node.name); found != all.end())
      problems.push_back({node.origin.text(), found->second});
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
