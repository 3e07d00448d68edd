#include "exporting/onnx/dynamic_writer.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "exporting/onnx/float_graph_impl.h"
#include "exporting/onnx/quantized_writer.h"

namespace espalier::exporting::onnx {
namespace {

/// Weights [in][out], as MatMulInteger wants them, and a scale for each output.
struct MatrixCodes {
  graph::Shape shape;
  std::vector<std::int8_t> codes;
  std::vector<float> scale;
};

MatrixCodes codes_of(const graph::Network& network, const std::string& weight) {
  const auto& shape = network.weights.at(weight).shape;
  const auto values = graph::masked_floats(network, weight);
  const auto outputs = static_cast<std::size_t>(shape[0]), inputs = values.size() / outputs;
  MatrixCodes made{{shape[1], shape[0]}, std::vector<std::int8_t>(values.size()), {}};
  for (std::size_t o = 0; o < outputs; ++o) {
    float largest = 0;
    for (std::size_t i = 0; i < inputs; ++i) largest = std::max(largest, std::abs(values[o * inputs + i]));
    made.scale.push_back(largest > 0 ? largest / reduced_range : 1.0f);
    for (std::size_t i = 0; i < inputs; ++i)
      made.codes[i * outputs + o] = static_cast<std::int8_t>(std::nearbyint(values[o * inputs + i] / made.scale[o]));
  }
  return made;
}

void linear(const Layer& layer) {
  const auto& name = layer.node.name;
  const auto weight = name + ".weight", bias = name + ".bias";
  const auto made = codes_of(layer.network, weight);
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
  const bool any = std::any_of(network.nodes.begin(), network.nodes.end(),
                               [](const graph::Node& node) { return node.op->key == "linear"; });
  if (!any) mistake(network.name, "has no linear layer, and dynamic quantization is for those; export onnx_float");
  return write_float(network, metadata, {{"linear", linear}});
}

}  // namespace espalier::exporting::onnx
