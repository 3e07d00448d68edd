#include "exporting/onnx/writer.h"

#include "base/error.h"
#include "base/text.h"
#include "exporting/onnx/entries.h"
#include "exporting/onnx/float_graph_impl.h"
#include "exporting/onnx/recurrent_impl.h"
#include "graph/operators/batch_norm.h"
#include "graph/operators/conv2d.h"
#include "graph/operators/depthwise_conv2d.h"
#include "graph/operators/pool2d.h"
#include "passes/rewrite.h"

namespace espalier::exporting::onnx {
namespace {

constexpr std::int64_t opset = 17;

using Numbers = std::vector<std::int64_t>;

/// Attributes of a window; ONNX lists paddings as all befores, then all afters.
template <class Window>
std::vector<Attribute> window_of(const Layer& layer) {
  const auto& a = *layer.node.as<Window>();
  const auto at = graph::place(layer.node, layer.network.node(layer.in()[0]).shape, a.kernel, a.stride, a.padding);
  return {{"kernel_shape", Numbers{a.kernel.height, a.kernel.width}},
          {"strides", Numbers{a.stride.height, a.stride.width}},
          {"pads", Numbers{at.top, at.left, at.bottom, at.right}}};
}

void convolution(const Layer& layer) {
  layer.add("Conv", layer.with_weights({"weight", "bias"}), window_of<graph::Conv2d>(layer));
}
void depthwise(const Layer& layer) {
  auto attributes = window_of<graph::DepthwiseConv2d>(layer);
  attributes.push_back({"group", layer.node.shape[0]});
  layer.add("Conv", layer.with_weights({"weight", "bias"}), attributes);
}
void linear(const Layer& layer) {
  layer.add("Gemm", layer.with_weights({"weight", "bias"}), {{"transB", std::int64_t{1}}});
}
void batch_norm(const Layer& layer) {
  layer.add("BatchNormalization", layer.with_weights({"gamma", "beta", "running_mean", "running_variance"}),
            {{"epsilon", static_cast<float>(layer.node.as<graph::BatchNorm>()->epsilon)}});
}
void relu6(const Layer& layer) {
  const auto low = layer.graph.initializer(inner(layer, "low"), {}, std::vector{0.0f}),
             high = layer.graph.initializer(inner(layer, "high"), {}, std::vector{6.0f});
  layer.add("Clip", {layer.in()[0], low, high});
}
void hard_sigmoid(const Layer& layer) { layer.add("HardSigmoid", layer.in(), {{"alpha", 1.0f / 6}, {"beta", 0.5f}}); }
/// A gate of one axis gains the image's.
void product(const Layer& layer) {
  auto factors = layer.in();
  for (auto& factor : factors) {
    const auto& own = layer.network.node(factor).shape;
    if (own.size() == layer.node.shape.size()) continue;
    const auto wide = inner(layer, "gate");
    const auto axes = layer.graph.initializer(inner(layer, "axes"), Numbers{2, 3});
    layer.graph.node("Unsqueeze", wide, {factor, axes});
    factor = wide;
  }
  layer.add("Mul", factors);
}
void average_pool(const Layer& layer) {
  auto attributes = window_of<graph::AveragePool2d>(layer);
  attributes.push_back({"count_include_pad", std::int64_t{0}});
  layer.add("AveragePool", layer.in(), attributes);
}
void global_average_pool(const Layer& layer) {
  const auto pooled = inner(layer, "pooled");
  layer.graph.node("GlobalAveragePool", pooled, layer.in());
  layer.add("Flatten", {pooled}, {{"axis", std::int64_t{1}}});
}

graph::Table<Handler> make_table() {
  graph::Table<Handler> table;
  table.rows["conv2d"] = convolution;
  table.rows["depthwise_conv2d"] = depthwise;
  table.rows["linear"] = linear;
  table.rows["batch_norm"] = batch_norm;
  table.rows["relu"] = [](const Layer& l) { l.add("Relu", l.in()); };
  table.rows["relu6"] = relu6;
  table.rows["sigmoid"] = [](const Layer& l) { l.add("Sigmoid", l.in()); };
  table.rows["hard_sigmoid"] = hard_sigmoid;
  table.rows["hard_swish"] = [](const Layer& l) { l.add("HardSwish", l.in()); };
  table.rows["mul"] = product;
  table.rows["add"] = [](const Layer& l) { l.add("Add", l.in()); };
  table.rows["concat"] = [](const Layer& l) { l.add("Concat", l.in(), {{"axis", std::int64_t{1}}}); };
  table.rows["flatten"] = [](const Layer& l) { l.add("Flatten", l.in(), {{"axis", std::int64_t{1}}}); };
  table.rows["average_pool2d"] = average_pool;
  table.rows["max_pool2d"] = [](const Layer& l) { l.add("MaxPool", l.in(), window_of<graph::MaxPool2d>(l)); };
  table.rows["global_average_pool"] = global_average_pool;
  table.rows["lstm"] = recurrent;
  table.rows["gru"] = recurrent;
  table.refused["dropout"] = "removed before export";
  table.refused["input"] = "the graph's input";
  return table;
}

const graph::Table<Handler>& handlers() {
  static const auto table = make_table();
  return table;
}

}  // namespace

std::vector<std::string> onnx_holes(const graph::Operators& operators) { return handlers().holes(operators); }

std::string inner(const Layer& layer, const std::string& what) { return concat(layer.node.name, "/", what); }

std::vector<std::string> Layer::with_weights(std::initializer_list<const char*> slots) const {
  auto inputs = in();
  for (const char* slot : slots) {
    const auto name = concat(node.name, ".", slot);
    const auto weight = network.weights.find(name);
    if (weight == network.weights.end()) continue;
    inputs.push_back(graph.initializer(name, weight->second.shape, graph::masked_floats(network, name)));
  }
  return inputs;
}

std::vector<std::uint8_t> write_float(const graph::Network& network, const Metadata& metadata,
                                      const std::map<std::string, Handler>& instead) {
  const auto folded = passes::fold_batch_norm(passes::remove_dropout(network).network).network;
  GraphBuilder graph;
  for (std::size_t i = 1; i < folded.nodes.size(); ++i) {
    const auto& node = folded.nodes[i];
    const auto other = instead.find(node.op->key);
    const auto* handler = other == instead.end() ? handlers().find(node.op->key) : &other->second;
    if (!handler)
      mistake(node.origin.text(), concat("layer '", node.name, "' (", node.op->key, ") cannot be exported as ONNX"));
    (*handler)({folded, node, graph});
  }
  const auto &first = folded.nodes.front(), &last = folded.nodes.back();
  const auto bytes =
      graph.finish(folded.name.empty() ? "network" : folded.name, {first.name, first.shape}, {last.name, last.shape});
  return model_bytes(bytes, opset, metadata.description, entries_of(metadata), graph.for_onnxruntime());
}

std::vector<std::uint8_t> write(const graph::Network& network, const Metadata& metadata) {
  return write_float(network, metadata, {});
}

}  // namespace espalier::exporting::onnx
