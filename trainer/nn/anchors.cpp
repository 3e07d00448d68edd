#include "nn/anchors.h"

#include <ATen/ATen.h>

#include <limits>

#include "graph/operators/conv2d.h"
#include "graph/operators/depthwise_conv2d.h"
#include "graph/operators/pool2d.h"
#include "nn/executor.h"
#include "nn/recurrent.h"

namespace espalier::nn {
namespace {

using at::Tensor;
using Inputs = std::vector<Tensor>;

/// The input with uneven padding applied; even padding is left to the operator.
struct Padded {
  Tensor x;
  std::vector<std::int64_t> even;
};

template <class Attributes>
Padded pad(const graph::Network& network, const graph::Node& node, const Tensor& x, double value = 0) {
  const auto& a = *node.as<Attributes>();
  const auto at = graph::place(node, network.node(node.inputs[0]).shape, a.kernel, a.stride, a.padding);
  if (at.symmetric()) return {x, {at.top, at.left}};
  return {at::constant_pad_nd(x, {at.left, at.right, at.top, at.bottom}, value), {0, 0}};
}

Tensor run_conv2d(const graph::Network& network, const graph::Node& node, const Inputs& inputs, const Tensor& weight,
                  const Tensor& bias) {
  const auto& a = *node.as<graph::Conv2d>();
  const auto padded = pad<graph::Conv2d>(network, node, inputs[0]);
  return at::conv2d(padded.x, weight, bias, {a.stride.height, a.stride.width}, padded.even);
}

Tensor run_depthwise(const graph::Network& network, const graph::Node& node, const Inputs& inputs, const Tensor& weight,
                     const Tensor& bias) {
  const auto& a = *node.as<graph::DepthwiseConv2d>();
  const auto padded = pad<graph::DepthwiseConv2d>(network, node, inputs[0]);
  return at::conv2d(padded.x, weight, bias, {a.stride.height, a.stride.width}, padded.even, at::IntArrayRef{1, 1},
                    weight.size(0));
}

Tensor run_average_pool(const graph::Network& network, const graph::Node& node, const Inputs& inputs, const Tensor&,
                        const Tensor&) {
  const auto& a = *node.as<graph::AveragePool2d>();
  const auto at = graph::place(node, network.node(node.inputs[0]).shape, a.kernel, a.stride, a.padding);
  if (!at.padded())
    return at::avg_pool2d(inputs[0], std::vector<std::int64_t>{a.kernel.height, a.kernel.width},
                          std::vector<std::int64_t>{a.stride.height, a.stride.width});
  // Padding never counts: sums over the window divided by how many real elements it holds.
  const std::vector<std::int64_t> k = {a.kernel.height, a.kernel.width}, s = {a.stride.height, a.stride.width};
  const auto widen = [&](const Tensor& t) {
    return at::avg_pool2d(at::constant_pad_nd(t, {at.left, at.right, at.top, at.bottom}, 0), k, s);
  };
  const auto ones = at::ones({1, 1, inputs[0].size(2), inputs[0].size(3)}, inputs[0].options());
  return widen(inputs[0]) / widen(ones);
}

Tensor run_max_pool(const graph::Network& network, const graph::Node& node, const Inputs& inputs, const Tensor&,
                    const Tensor&) {
  const auto& a = *node.as<graph::MaxPool2d>();
  const auto padded = pad<graph::MaxPool2d>(network, node, inputs[0], -std::numeric_limits<double>::infinity());
  const std::vector<std::int64_t> k = {a.kernel.height, a.kernel.width}, s = {a.stride.height, a.stride.width};
  // at::max_pool2d allows even padding up to half the kernel; wider padding is written out.
  if (padded.even[0] * 2 <= k[0] && padded.even[1] * 2 <= k[1]) return at::max_pool2d(padded.x, k, s, padded.even);
  return at::max_pool2d(at::constant_pad_nd(padded.x, {padded.even[1], padded.even[1], padded.even[0], padded.even[0]},
                                            -std::numeric_limits<double>::infinity()),
                        k, s);
}

/// A gate of one axis gains the image's.
Tensor run_mul(const graph::Network&, const graph::Node&, const Inputs& inputs, const Tensor&, const Tensor&) {
  const auto like = [](const Tensor& x, const Tensor& other) {
    return x.dim() == 2 && other.dim() == 4 ? x.unsqueeze(2).unsqueeze(3) : x;
  };
  return like(inputs[0], inputs[1]) * like(inputs[1], inputs[0]);
}

Tensor pass_through(const graph::Network&, const graph::Node&, const Inputs& inputs, const Tensor&, const Tensor&) {
  return inputs[0];
}

graph::Table<Anchor> make_anchors() {
  graph::Table<Anchor> table;
  table.rows["conv2d"] = {run_conv2d};
  table.rows["depthwise_conv2d"] = {run_depthwise};
  table.rows["linear"] = {[](const graph::Network&, const graph::Node&, const Inputs& in, const Tensor& weight,
                             const Tensor& bias) { return at::linear(in[0], weight, bias); }};
  table.rows["add"] = {[](const graph::Network&, const graph::Node&, const Inputs& in, const Tensor&, const Tensor&) {
    return in[0] + in[1];
  }};
  table.rows["sigmoid"] = {[](const graph::Network&, const graph::Node&, const Inputs& in, const Tensor&,
                              const Tensor&) { return at::sigmoid(in[0]); }};
  table.rows["hard_sigmoid"] = {[](const graph::Network&, const graph::Node&, const Inputs& in, const Tensor&,
                                   const Tensor&) { return at::hardsigmoid(in[0]); }};
  table.rows["hard_swish"] = {[](const graph::Network&, const graph::Node&, const Inputs& in, const Tensor&,
                                 const Tensor&) { return at::hardswish(in[0]); }};
  table.rows["mul"] = {run_mul};
  table.rows["concat"] = {[](const graph::Network&, const graph::Node&, const Inputs& in, const Tensor&,
                             const Tensor&) { return at::cat(in, 1); }};
  table.rows["average_pool2d"] = {run_average_pool};
  table.rows["max_pool2d"] = {run_max_pool};
  table.rows["global_average_pool"] = {
      [](const graph::Network&, const graph::Node&, const Inputs& in, const Tensor&, const Tensor&) {
        return in[0].mean({2, 3});
      }};
  table.rows["flatten"] = {[](const graph::Network&, const graph::Node&, const Inputs& in, const Tensor&,
                              const Tensor&) { return in[0].contiguous().flatten(1); }};
  for (const char* key : {"lstm", "gru"})
    table.rows[key].run_with_slots = [](const graph::Network& network, const graph::Node& node, const Inputs& in,
                                        const Inputs& weights) { return run_recurrent(network, node, in[0], weights); };
  // Alone, these are a layer of nothing but their batch norm or clamp, which the executor applies behind every anchor.
  for (const char* key : {"batch_norm", "relu", "relu6"}) table.rows[key] = {pass_through};
  table.refused["input"] = "it is what the network is given";
  table.refused["dropout"] = "the executor applies it where a layer's output is read";
  return table;
}

}  // namespace

const graph::Table<Anchor>& anchors() {
  static const graph::Table<Anchor> table = make_anchors();
  return table;
}

}  // namespace espalier::nn
