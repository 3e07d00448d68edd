#include "base/error.h"
#include "base/text.h"
#include "catch.h"
#include "graph/naive_executor.h"
#include "graph/random_networks.h"
#include "passes/channel_groups.h"
#include "passes/rewrite.h"

using namespace espalier;
using namespace espalier::passes;
using naive::difference;
using naive::execute;
using naive::network_of;
using naive::random_input;

namespace {

/// Masks one slice of a tensor and zeroes what it holds.
void mask_slice(graph::Network& network, const Slice& slice) {
  auto& weight = network.weights.at(slice.tensor);
  auto& mask = network.masks[slice.tensor];
  if (mask.bytes.empty()) {
    mask = graph::Tensor(graph::Type::uint8, weight.shape);
    std::ranges::fill(mask.bytes, std::uint8_t{1});
  }
  std::int64_t inner = 1;
  for (std::size_t i = static_cast<std::size_t>(slice.axis) + 1; i < weight.shape.size(); ++i) inner *= weight.shape[i];
  for (std::int64_t i = 0; i < graph::elements(weight.shape); ++i)
    if (i / inner % weight.shape[static_cast<std::size_t>(slice.axis)] == slice.index) {
      mask.flags()[static_cast<std::size_t>(i)] = 0;
      weight.floats()[static_cast<std::size_t>(i)] = 0;
    }
}

void mask_group(graph::Network& network, const ChannelGroup& group) {
  for (const auto& slice : group.produced)
    if (slice.tensor.find("running_") == std::string::npos) mask_slice(network, slice);
}

const ChannelGroup& group_of(const std::vector<ChannelGroup>& groups, const std::string& producer, std::int64_t index) {
  for (const auto& group : groups)
    for (const auto& slice : group.produced)
      if (slice.tensor == producer + ".weight" && slice.index == index) return group;
  throw std::runtime_error("no such group");
}

}  // namespace

TEST_CASE("masked channels leave 200 random networks without changing their output") {
  int removed = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    auto network = naive::random_network(seed);
    Random random(seed, "mask");
    for (const auto& group : channel_groups(network))
      if (group.prunable && random.below(3) == 0) mask_group(network, group);
    const auto input = random_input(network, seed);
    const auto result = remove_masked_channels(network);
    CHECK(difference(execute(network, input), execute(result.network, input)) < 1e-5);
    CHECK(graph::cost_of(result.network).parameters <= graph::cost_of(network).parameters);
    removed += static_cast<int>(result.cuts.size());
    CHECK(result.network.masks.size() <= network.masks.size());
  }
  CHECK(removed > 500);
}

TEST_CASE("cuts replayed on a tensor of the old shape give the new shape") {
  auto network = naive::random_network(3);
  for (const auto& group : channel_groups(network))
    if (group.prunable && group.produced[0].index == 1) mask_group(network, group);
  const auto result = remove_masked_channels(network);
  auto moments = network.weights;
  REQUIRE(!result.cuts.empty());
  for (const auto& cut : result.cuts) moments.at(cut.tensor) = graph::take(moments.at(cut.tensor), cut.axis, cut.kept);
  CHECK(moments == result.network.weights);
}

TEST_CASE("masks, per-channel encodings and attributes are cut along") {
  auto network = network_of(
      "layers: [{type: conv2d, name: a, out: 4, kernel: 1}, relu, {type: conv2d, name: b, out: 3, kernel: 1}, {type: "
      "global_average_pool, name: p}, {type: linear, name: c, out: classes}]");
  naive::randomize(network, 1);
  network.encodings["a.weight"] = {{1, 2, 3, 4}, {0, 0, 0, 0}, -127, 127, 0};
  network.encodings["b.weight"] = {{5, 6, 7}, {0, 0, 0}, -127, 127, 0};
  mask_group(network, group_of(channel_groups(network), "a", 2));
  mask_slice(network, {"b.weight", 0, 0});
  mask_slice(network, {"b.weight", 1, 2});
  network.masks["b.weight"].flags()[0] = 1;  // one element of b's first filter stays
  const auto result = remove_masked_channels(network).network;
  CHECK(result.node("a").shape[0] == 3);
  CHECK(result.encodings.at("a.weight").scale == std::vector<float>{1, 2, 4});
  CHECK(result.encodings.at("b.weight").scale == std::vector<float>{5, 6, 7});
  CHECK(result.weights.at("b.weight").shape == graph::Shape{3, 3, 1, 1});
  CHECK(result.masks.at("b.weight").shape == graph::Shape{3, 3, 1, 1});
  CHECK(result.masks.count("a.weight") == 0);  // keeps everything now
}

TEST_CASE("a layer keeps its last channel") {
  auto network = network_of(
      "layers: [{type: conv2d, name: a, out: 4, kernel: 1}, {type: global_average_pool, name: p}, {type: linear, name: "
      "c, out: classes}]");
  naive::randomize(network, 1);
  for (const auto& group : channel_groups(network))
    if (group.prunable) mask_group(network, group);
  const auto result = remove_masked_channels(network).network;
  CHECK(result.node("a").shape[0] == 1);
  CHECK(difference(execute(network, random_input(network, 1)), execute(result, random_input(network, 1))) < 1e-5);
}

TEST_CASE("a channel whose beta is not masked is not zero, and stays") {
  auto network = network_of(
      "layers: [{type: conv2d, name: a, out: 4, kernel: 1}, {type: batch_norm, name: n}, relu, {type: "
      "global_average_pool, name: p}, {type: linear, name: c, out: classes}]");
  naive::randomize(network, 1);
  network.weights.at("n.beta").floats()[1] = 0.7f;
  mask_slice(network, {"a.weight", 0, 1});
  mask_slice(network, {"n.gamma", 0, 1});
  const auto input = random_input(network, 1);
  // The convolution gives 0 and gamma is 0, yet relu(beta) reaches the classifier:
  CHECK(naive::execute_all(network, input).at("p")[1] == Approx(0.7));
  CHECK(remove_masked_channels(network).network.node("a").shape[0] == 4);
  const auto before = execute(network, input);
  mask_slice(network, {"n.beta", 0, 1});
  CHECK(difference(before, execute(network, input)) > 1e-3);  // so beta has to be masked before the channel may go
  const auto result = remove_masked_channels(network).network;
  CHECK(result.node("a").shape[0] == 3);
  CHECK(difference(execute(network, input), execute(result, input)) < 1e-5);
}

TEST_CASE("the network's inputs and outputs are never cut") {
  auto network = network_of(
      "layers: [{type: depthwise_conv2d, name: d, kernel: 1}, {type: global_average_pool, name: p}, {type: linear, "
      "name: c, out: classes}]");
  naive::randomize(network, 1);
  mask_slice(network, {"d.weight", 0, 0});
  mask_slice(network, {"c.weight", 0, 0});
  mask_slice(network, {"c.bias", 0, 0});
  const auto result = remove_masked_channels(network);
  CHECK(result.cuts.empty());
  CHECK(result.network.output_shape() == graph::Shape{5});
}
