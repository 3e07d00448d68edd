#include "exporting/onnx/dynamic_writer.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "exporting/onnx/float_graph_impl.h"
#include "exporting/onnx/quantized_writer.h"
#include "exporting/onnx/recurrent_impl.h"

namespace espalier::exporting::onnx {

MatrixCodes codes_of(const std::vector<float>& values, std::int64_t rows) {
  const auto outputs = static_cast<std::size_t>(rows), inputs = values.size() / outputs;
  MatrixCodes made{{static_cast<std::int64_t>(inputs), rows}, std::vector<std::int8_t>(values.size()), {}};
  for (std::size_t o = 0; o < outputs; ++o) {
    float largest = 0;
    for (std::size_t i = 0; i < inputs; ++i) largest = std::max(largest, std::abs(values[o * inputs + i]));
    made.scale.push_back(largest > 0 ? largest / reduced_range : 1.0f);
    for (std::size_t i = 0; i < inputs; ++i)
      made.codes[i * outputs + o] = static_cast<std::int8_t>(std::nearbyint(values[o * inputs + i] / made.scale[o]));
  }
  return made;
}

namespace {

void linear(const Layer& layer) {
  const auto& name = layer.node.name;
  const auto weight = name + ".weight", bias = name + ".bias";
  const auto made = codes_of(graph::masked_floats(layer.network, weight), layer.network.weights.at(weight).shape[0]);
  auto& graph = layer.graph;
  graph.node("DynamicQuantizeLinear", name + ".quantized", layer.in(), {},
             {name + ".input", name + ".input_scale", name + ".input_zero_point"});
  graph.node("MatMulInteger", name + ".sums",
             {name + ".input", graph.initializer(weight, made.shape, made.codes), name + ".input_zero_point",
              graph.initializer(weight + "_zero_point", {}, std::vector<std::int8_t>{0})});
  graph.node("Cast", name + ".steps", {name + ".sums"}, {{"to", std::int64_t{1}}});
  graph.node("Mul", name + ".scale",
             {name + ".input_scale",
              graph.initializer(weight + "_scale", {static_cast<std::int64_t>(made.scale.size())}, made.scale)});
  const bool biased = layer.network.weights.count(bias) > 0;
  graph.node("Mul", biased ? name + ".product" : name, {name + ".steps", name + ".scale"});
  if (!biased) return;
  const auto& tensor = layer.network.weights.at(bias);
  layer.add("Add",
            {name + ".product", graph.initializer(bias, tensor.shape, graph::masked_floats(layer.network, bias))});
}

}  // namespace

std::vector<std::uint8_t> write_dynamic(const graph::Network& network, const Metadata& metadata) {
  const std::map<std::string, Handler> instead = {{"linear", linear}, {"lstm", dynamic_lstm}, {"gru", dynamic_gru}};
  const bool any = std::any_of(network.nodes.begin(), network.nodes.end(),
                               [&](const graph::Node& node) { return instead.count(node.op->key) > 0; });
  if (!any)
    mistake(network.name,
            "has no linear layer and no recurrent one, and dynamic quantization is for those; export onnx_float");
  return write_float(network, metadata, instead);
}

}  // namespace espalier::exporting::onnx
