#include "passes/channel_groups.h"

#include <algorithm>

#include "base/text.h"
#include "catch.h"
#include "graph/builder.h"
#include "graph/operators/add.h"
#include "graph/operators/relu.h"
#include "graph/random_networks.h"

using namespace espalier;
using namespace espalier::passes;
using naive::network_of;

namespace {
std::vector<std::string> texts(const std::vector<Slice>& slices) {
  std::vector<std::string> all;
  for (const auto& slice : slices) all.push_back(concat(slice.tensor, " ", slice.axis, " ", slice.index));
  std::sort(all.begin(), all.end());
  return all;
}
using Texts = std::vector<std::string>;
}  // namespace

TEST_CASE("a channel of a plain chain is one filter and what reads it") {
  const auto groups =
      channel_groups(network_of("layers: [{type: conv2d, name: a, out: 3, kernel: 2, bias: true}, {type: batch_norm, "
                                "name: n}, relu, {type: conv2d, name: b, out: 4, kernel: 1}]"));
  REQUIRE(groups.size() == 7);
  CHECK(texts(groups[1].produced) == Texts{"a.bias 0 1", "a.weight 0 1", "n.beta 0 1", "n.gamma 0 1",
                                           "n.running_mean 0 1", "n.running_variance 0 1"});
  CHECK(texts(groups[1].consumed) == Texts{"b.weight 1 1"});
  CHECK(groups[1].producers == Texts{"a"});
  CHECK(groups[1].prunable);
  CHECK_FALSE(groups[3].prunable);  // the output's
  // a: 8x6 pixels of 2 channels and 4 taps; b: 8x6 pixels, 4 outputs.
  CHECK(groups[1].macs == 48 * 8 + 48 * 4);
}

TEST_CASE("a residual addition makes channels live and die together, whichever side came first") {
  const auto groups = channel_groups(network_of(R"(
layers:
  - {type: conv2d, name: a, out: 3, kernel: 1}
  - {type: conv2d, name: b, out: 3, kernel: 1}
  - {type: conv2d, name: c, out: 3, kernel: 1}
  - {type: add, name: s, inputs: [c, a]}
  - {type: conv2d, name: d, out: 2, kernel: 1})"));
  REQUIRE(groups.size() == 3 + 3 + 2);
  CHECK(texts(groups[2].produced) == Texts{"a.weight 0 2", "c.weight 0 2"});
  CHECK(texts(groups[2].consumed) == Texts{"b.weight 1 2", "d.weight 1 2"});
  CHECK(groups[2].producers == Texts{"a", "c"});
  CHECK(groups[3].producers == Texts{"b"});
}

TEST_CASE("a gate and the image that it multiplies live and die together") {
  const auto groups = channel_groups(network_of(R"(
layers:
  - {type: conv2d, name: a, out: 3, kernel: 1}
  - {type: global_average_pool, name: p}
  - {type: linear, name: reduce, out: 2}
  - {type: linear, name: expand, out: 3}
  - {type: mul, name: m, inputs: [expand, a]}
  - {type: conv2d, name: read, out: 2, kernel: 1})"));
  CHECK(texts(groups[1].produced) == Texts{"a.weight 0 1", "expand.bias 0 1", "expand.weight 0 1"});
  CHECK(texts(groups[1].consumed) == Texts{"read.weight 1 1", "reduce.weight 1 1"});
  CHECK(groups[1].prunable);
  CHECK(groups[3].producers == Texts{"reduce"});
}

TEST_CASE("a sigmoid's channel stays unless it is a factor of something that is silent") {
  const auto groups = [](const std::string& joined) {
    return channel_groups(network_of(R"(
layers:
  - {type: conv2d, name: a, out: 3, kernel: 1}
  - {type: sigmoid, name: s}
  - )" + joined + R"(
  - {type: conv2d, name: read, out: 2, kernel: 1})"));
  };
  CHECK(groups("{type: mul, name: silu, inputs: [a, s]}")[0].prunable);
  CHECK_FALSE(groups("{type: add, name: sum, inputs: [a, s]}")[0].prunable);
  CHECK_FALSE(groups("{type: max_pool2d, name: pool, kernel: 2}")[0].prunable);
  CHECK(groups("{type: depthwise_conv2d, name: d, kernel: 1}")[0].prunable);  // of weights that are masked too
}

TEST_CASE("what both ends of one convolution lose is counted once") {
  const auto groups = channel_groups(network_of(R"(
layers:
  - {type: conv2d, name: a, out: 4, kernel: 1}
  - {type: conv2d, name: b, out: 4, kernel: 1}
  - {type: add, name: s, inputs: [a, b]}
  - {type: global_average_pool, name: p}
  - {type: linear, name: c, out: classes})"));
  // 63 pixels: a loses 2 of its MACs a pixel, b 4 + 4 - 1, the classifier one column of 5.
  CHECK(groups[0].macs == 63 * (2 + 7) + 5);
}

TEST_CASE("depthwise layers belong to the channel that they pass") {
  const auto groups = channel_groups(
      network_of("layers: [{type: conv2d, name: a, out: 3, kernel: 1}, {type: depthwise_conv2d, name: d, kernel: 3, "
                 "padding: same, bias: true}, {type: conv2d, name: b, out: 2, kernel: 1}]"));
  CHECK(texts(groups[0].produced) == Texts{"a.weight 0 0", "d.bias 0 0", "d.weight 0 0"});
  CHECK(groups[0].macs == 63 * (2 + 9 + 2));
  CHECK(groups[0].producers == Texts{"a"});
}

TEST_CASE("concatenation shifts, flattening spreads a channel over its features") {
  const auto groups = channel_groups(network_of(R"(
layers:
  - {type: conv2d, name: a, out: 2, kernel: [9, 6]}
  - {type: conv2d, name: b, out: 1, kernel: [9, 6], input: input}
  - {type: concat, name: j, inputs: [a, b]}
  - {type: flatten, name: f}
  - {type: linear, name: c, out: classes})"));
  REQUIRE(groups.size() == 2 + 1 + 5);
  CHECK(texts(groups[1].consumed) == Texts{"c.weight 1 2", "c.weight 1 3"});
  CHECK(texts(groups[2].produced) == Texts{"b.weight 0 0"});
  CHECK(texts(groups[2].consumed) == Texts{"c.weight 1 4", "c.weight 1 5"});
}

TEST_CASE("channels tied to the data or to the output cannot go") {
  const auto groups = channel_groups(network_of(R"(
layers:
  - {type: conv2d, name: a, out: 2, kernel: 1}
  - {type: add, name: s, inputs: [input, a]}
  - {type: conv2d, name: b, out: 3, kernel: 1}
  - {type: conv2d, name: c, out: 3, kernel: 1}
  - {type: add, name: o, inputs: [b, c]})"));
  REQUIRE(groups.size() == 5);
  for (const auto& group : groups) CHECK_FALSE(group.prunable);
}

TEST_CASE("a channel that a layer reads as something else than zero stays") {
  // A function with f(0) = 1/2, and a product: operators of this test's own.
  auto operators = graph::standard_operators();
  auto half = *operators.find("relu"), product = *operators.find("add");
  half.key = "half", half.encoding = graph::EncodingTrait::own, half.zeros = graph::Zeros::never;
  product.key = "product", product.zeros = graph::Zeros::any;
  operators.add(half);
  operators.add(product);
  for (const auto& [joined, removable] : std::map<std::string, bool>{{"product", true}, {"add", false}}) {
    graph::Builder b(operators, {2, 4, 4});
    const auto x = b.conv2d(b.input(), {.out = 3, .kernel = {1, 1}}, "a");
    const auto gate = b.layer("half", {b.conv2d(b.input(), {.out = 3, .kernel = {1, 1}}, "g")}, graph::Relu{});
    const auto y = b.layer(joined, {x, gate}, graph::Add{}, "joined");
    const auto groups = channel_groups(b.finish(b.conv2d(y, {.out = 2, .kernel = {1, 1}}, "read")));
    CHECK(groups[0].prunable == removable);
    CHECK(groups[0].producers == Texts{"a", "g"});
  }
  graph::Builder b(operators, {2, 4, 4});
  const auto loud = b.layer("half", {b.conv2d(b.input(), {.out = 3, .kernel = {1, 1}}, "a")}, graph::Relu{});
  // A depthwise layer's own weights make it silent again.
  const auto silent = b.depthwise_conv2d(loud, {.kernel = {1, 1}}, "d");
  const auto groups = channel_groups(b.finish(b.linear(b.flatten(silent), {.out = 2}, "read")));
  CHECK(groups[0].prunable);
}

TEST_CASE("every slice of every tensor is in exactly one group on its side") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const auto network = naive::random_network(seed);
    std::map<std::string, int> produced, consumed;
    for (const auto& group : channel_groups(network)) {
      for (const auto& text : texts(group.produced)) ++produced[text];
      for (const auto& text : texts(group.consumed)) ++consumed[text];
    }
    for (const auto& [text, count] : produced) CHECK(count == 1);
    for (const auto& [text, count] : consumed) CHECK(count == 1);
    std::size_t slices = 0;
    for (const auto& node : network.nodes)
      for (const auto& slot : network.slots(node)) slices += static_cast<std::size_t>(slot.shape[0]);
    CHECK(produced.size() == slices);
  }
}
