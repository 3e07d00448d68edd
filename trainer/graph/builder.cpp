#include "graph/builder.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "graph/operators/add.h"
#include "graph/operators/hard_sigmoid.h"
#include "graph/operators/hard_swish.h"
#include "graph/operators/mul.h"
#include "graph/operators/relu.h"
#include "graph/operators/sigmoid.h"

namespace espalier::graph {

Builder::Builder(Operators operators, Shape input, std::string name) : operators_(std::move(operators)) {
  network_.name = std::move(name);
  network_.nodes.push_back({"input", operators_.find("input"), Input{input}, {}, {}, {}});
  network_.nodes.back().shape = std::move(input);
}

Builder::Output Builder::conv2d(const Output& x, Conv2d attributes, const std::string& name) {
  return layer("conv2d", {x}, attributes, name);
}

Builder::Output Builder::depthwise_conv2d(const Output& x, DepthwiseConv2d attributes, const std::string& name) {
  return layer("depthwise_conv2d", {x}, attributes, name);
}

Builder::Output Builder::linear(const Output& x, Linear attributes, const std::string& name) {
  return layer("linear", {x}, attributes, name);
}

Builder::Output Builder::batch_norm(const Output& x, BatchNorm attributes, const std::string& name) {
  return layer("batch_norm", {x}, attributes, name);
}

Builder::Output Builder::relu(const Output& x, const std::string& name) { return layer("relu", {x}, Relu{}, name); }

Builder::Output Builder::relu6(const Output& x, const std::string& name) { return layer("relu6", {x}, Relu6{}, name); }

Builder::Output Builder::sigmoid(const Output& x, const std::string& name) {
  return layer("sigmoid", {x}, Sigmoid{}, name);
}

Builder::Output Builder::hard_sigmoid(const Output& x, const std::string& name) {
  return layer("hard_sigmoid", {x}, HardSigmoid{}, name);
}

Builder::Output Builder::hard_swish(const Output& x, const std::string& name) {
  return layer("hard_swish", {x}, HardSwish{}, name);
}

Builder::Output Builder::add(const Output& x, const Output& y, const std::string& name) {
  return layer("add", {x, y}, Add{}, name);
}

Builder::Output Builder::mul(const Output& x, const Output& y, const std::string& name) {
  return layer("mul", {x, y}, Mul{}, name);
}

Builder::Output Builder::concat(const std::vector<Output>& inputs, const std::string& name) {
  return layer("concat", inputs, Concat{}, name);
}

Builder::Output Builder::average_pool2d(const Output& x, AveragePool2d attributes, const std::string& name) {
  return layer("average_pool2d", {x}, attributes, name);
}

Builder::Output Builder::max_pool2d(const Output& x, MaxPool2d attributes, const std::string& name) {
  return layer("max_pool2d", {x}, attributes, name);
}

Builder::Output Builder::global_average_pool(const Output& x, const std::string& name) {
  return layer("global_average_pool", {x}, GlobalAveragePool{}, name);
}

Builder::Output Builder::flatten(const Output& x, const std::string& name) {
  return layer("flatten", {x}, Flatten{}, name);
}

Builder::Output Builder::lstm(const Output& x, Lstm attributes, const std::string& name) {
  return layer("lstm", {x}, attributes, name);
}

Builder::Output Builder::gru(const Output& x, Gru attributes, const std::string& name) {
  return layer("gru", {x}, attributes, name);
}

Builder::Output Builder::dropout(const Output& x, Dropout attributes, const std::string& name) {
  return layer("dropout", {x}, attributes, name);
}

std::string Builder::name_for(const std::string& key, const std::string& given) {
  if (!given.empty()) {
    if (network_.find(given)) mistake(given, "the name is taken by another layer");
    return last_named_ = given;
  }
  const std::string base = last_named_.empty() ? key : last_named_ + "." + key;
  std::string name = base;
  for (int i = 2; network_.find(name); ++i) name = base + std::to_string(i);
  return name;
}

Builder::Output Builder::layer(const std::string& key, const std::vector<Output>& inputs, const std::any& attributes,
                               const std::string& name) {
  Node node;
  node.op = operators_.find(key);
  if (!node.op || node.op->channels == Channels::source)
    mistake(key, "is no layer" + did_you_mean(key, operators_.keys()));
  node.name = name_for(key, name);
  const auto count = static_cast<int>(inputs.size());
  if (count < node.op->inputs_least || count > node.op->inputs_most)
    mistake(node.name, espalier::concat(key, " does not take ", count, " inputs"));
  for (const auto& input : inputs)
    if (!network_.find(input)) mistake(node.name, espalier::concat("there is no layer '", input, "'"));
  // Through the model file's own reader, so that a range holds however a network was written.
  std::vector<Problem> problems;
  node.attributes = node.op->read(node.op->resolved(attributes), node.name, problems);
  refuse(problems);
  node.inputs = inputs;
  try {
    node.shape = node.op->shape(node, network_.input_shapes(node));
  } catch (const Error& error) {
    mistake(node.name, error.problems().empty() ? error.what() : error.problems().front().text);
  }
  network_.nodes.push_back(std::move(node));
  return network_.nodes.back().name;
}

Network Builder::finish(const Output& output, std::uint64_t seed) {
  auto& nodes = network_.nodes;
  const auto last = std::find_if(nodes.begin(), nodes.end(), [&](const Node& node) { return node.name == output; });
  if (last == nodes.end()) mistake(output, "there is no such layer");
  for (const auto& node : nodes)
    if (network_.consumers(node.name).empty() != (node.name == output))
      mistake(node.name, node.name == output ? "is not the last layer: another one reads it" : "no layer reads it");
  std::rotate(last, last + 1, nodes.end());
  initialize(network_, seed);
  return std::exchange(network_, {});
}

}  // namespace espalier::graph
