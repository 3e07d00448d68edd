// The lowering's state and its handlers, one for each operator. Private to lowering*.cpp.
#pragma once
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "graph/network.h"
#include "graph/operators/window.h"
#include "integer/program.h"
#include "passes/fusion.h"

namespace espalier::integer {

/// For one-axis activations: the graph's feature at each place. Flattening a map with its channels innermost changes
/// the order.
using Order = std::vector<std::int64_t>;

class Lowering;
struct LoweringRow {
  void (Lowering::*lower)(const passes::Layer&, const graph::Node& anchor);
  /// Why this node has no integer form; "" where it has one.
  std::string (*objection)(const graph::Node& anchor, const std::vector<graph::Shape>& inputs) = nullptr;
};

/// SAME or VALID: the two that edge runtimes have for pools.
template <class Attributes>
bool pads_as_runtimes_do(const graph::Node& anchor, const std::vector<graph::Shape>& inputs) {
  const auto& a = *anchor.as<Attributes>();
  const auto asked = graph::place(anchor, inputs[0], a.kernel, a.stride, a.padding);
  const auto same = graph::place(anchor, inputs[0], a.kernel, a.stride, {graph::Padding::Mode::same});
  const auto sides = [](const graph::Placement& p) { return std::tuple(p.top, p.bottom, p.left, p.right); };
  return !asked.padded() || sides(asked) == sides(same);
}

class Lowering {
 public:
  explicit Lowering(const graph::Network& network) : network_(network), groups_(passes::encoding_groups(network)) {
    program_.name = network.name;
  }
  static const graph::Table<LoweringRow>& table();
  Program run();

 private:
  using Layer = passes::Layer;
  using Node = graph::Node;

  // --- activations (lowering.cpp)

  Id add_activation(std::string name, Shape shape, float scale, std::int32_t zero_point);
  Id add_like(Id like, Shape shape, std::string name);
  const graph::Encoding& encoding(const std::string& output) const;
  Id output_of_layer(const Layer& layer);
  const Activation& at(Id id) const { return program_.activations[static_cast<std::size_t>(id)]; }
  Id input(const Layer& layer, std::size_t i = 0) const { return ids_.at(layer.inputs[i]); }
  bool same_encoding(Id a, Id b) const { return at(a).scale == at(b).scale && at(a).zero_point == at(b).zero_point; }
  /// `id` in the encoding of `like`; one instruction however many layers ask for it.
  Id requantized(Id id, Id like);
  /// Features as one pixel with as many channels.
  Id reshaped(Id features, std::string name);
  void emit(Instruction instruction) { program_.instructions.push_back(std::move(instruction)); }
  Order order(Id id) const;
  /// `to` holds its features in the order of `from`.
  void keep_order(Id from, Id to);
  Clamp fused_clamp(const Layer& layer) const;

  // --- layers with windows (lowering_windows.cpp)

  template <class Attributes>
  Window window(const Node& anchor, const graph::Padding& padding) const;
  template <class Attributes>
  Window padded_window(const Node& anchor, const Layer& layer, Id& input);
  Id padded(Id input, const Window& asked, const std::string& anchor, bool lowest);
  void lower_conv2d(const Layer& layer, const Node& anchor);
  void lower_depthwise(const Layer& layer, const Node& anchor);
  void lower_average_pool(const Layer& layer, const Node& anchor);
  void lower_max_pool(const Layer& layer, const Node& anchor);

  // --- layers without (lowering_values.cpp)

  void lower_input(const Layer& layer, const Node& anchor);
  void lower_linear(const Layer& layer, const Node& anchor);
  void lower_add(const Layer& layer, const Node& anchor);
  void lower_mul(const Layer& layer, const Node& anchor);
  void lower_concat(const Layer& layer, const Node& anchor);
  void lower_mean(const Layer& layer, const Node& anchor);
  void lower_flatten(const Layer& layer, const Node& anchor);
  void lower_sigmoid(const Layer& layer, const Node& anchor);
  void lower_hard_sigmoid(const Layer& layer, const Node& anchor);
  void lower_hard_swish(const Layer& layer, const Node& anchor);
  void lower_clamp(const Layer& layer, const Node& anchor);

  const graph::Network& network_;
  std::map<std::string, std::string> groups_;
  Program program_;
  std::map<std::string, Id> ids_;
  std::map<Id, Order> orders_;  ///< where it is not the graph's
  std::map<std::tuple<Id, float, std::int32_t>, Id> requantized_;
};

/// The clamp that a relu or relu6 is; throws Error(failed) for other operators.
Clamp clamp_of(const graph::Node& node);

}  // namespace espalier::integer
