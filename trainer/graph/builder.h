// Networks written in C++, with the layers, attributes and names of model files.
//
//   graph::Builder b({1, 49, 10});
//   auto x = b.conv2d(b.input(), {.out = 16, .kernel = {5, 5}, .padding = graph::Padding::same()}, "stem");
//   x = b.relu(b.batch_norm(x));
//   x = b.linear(b.global_average_pool(x), {.out = 12}, "head");
//   const graph::Network network = b.finish(x);
#pragma once
#include <any>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "graph/network.h"
#include "graph/operators/batch_norm.h"
#include "graph/operators/conv2d.h"
#include "graph/operators/depthwise_conv2d.h"
#include "graph/operators/flatten.h"
#include "graph/operators/gru.h"
#include "graph/operators/linear.h"
#include "graph/operators/lstm.h"
#include "graph/operators/pool2d.h"

namespace espalier::graph {

/// Every layer returns its output, which is an input of later ones. A layer without a name is called after the last
/// named one before it: "stem.batch_norm". Throws Error(mistake) that names the layer when its inputs do not fit.
class Builder {
 public:
  /// A layer's name.
  using Output = std::string;

  /// `input`: {channels, height, width} or {features}.
  explicit Builder(Shape input, std::string name = "network")
      : Builder(standard_operators(), std::move(input), std::move(name)) {}
  Builder(Operators operators, Shape input, std::string name = "network");

  Output input() const { return "input"; }
  Output conv2d(const Output& x, Conv2d attributes, const std::string& name = "");
  Output depthwise_conv2d(const Output& x, DepthwiseConv2d attributes, const std::string& name = "");
  Output linear(const Output& x, Linear attributes, const std::string& name = "");
  Output batch_norm(const Output& x, BatchNorm attributes = {}, const std::string& name = "");
  Output relu(const Output& x, const std::string& name = "");
  Output relu6(const Output& x, const std::string& name = "");
  Output sigmoid(const Output& x, const std::string& name = "");
  Output hard_sigmoid(const Output& x, const std::string& name = "");
  Output hard_swish(const Output& x, const std::string& name = "");
  Output add(const Output& x, const Output& y, const std::string& name = "");
  Output mul(const Output& x, const Output& y, const std::string& name = "");
  Output concat(const std::vector<Output>& inputs, const std::string& name = "");
  Output average_pool2d(const Output& x, AveragePool2d attributes, const std::string& name = "");
  Output max_pool2d(const Output& x, MaxPool2d attributes, const std::string& name = "");
  Output global_average_pool(const Output& x, const std::string& name = "");
  Output flatten(const Output& x, const std::string& name = "");
  Output lstm(const Output& x, Lstm attributes, const std::string& name = "");
  Output gru(const Output& x, Gru attributes, const std::string& name = "");
  Output dropout(const Output& x, Dropout attributes = {}, const std::string& name = "");

  /// Any operator by its key. `attributes` holds the operator's struct; it must be within the ranges of a model file.
  Output layer(const std::string& key, const std::vector<Output>& inputs, const std::any& attributes,
               const std::string& name = "");

  /// Of a layer's output.
  const Shape& shape(const Output& x) const { return network_.node(x).shape; }

  /// The network that ends in `output`, with initial weights (see initialize). Throws Error(mistake) when a layer's
  /// output is used by nobody. The builder is empty afterwards.
  Network finish(const Output& output, std::uint64_t seed = 1);

 private:
  std::string name_for(const std::string& key, const std::string& given);

  Operators operators_;
  Network network_;
  std::string last_named_;
};

}  // namespace espalier::graph
