#include "passes/fusion.h"

#include <set>

#include "catch.h"
#include "graph/builder.h"
#include "graph/operators/relu.h"
#include "graph/random_networks.h"
#include "passes/rewrite.h"

using namespace espalier;
using namespace espalier::passes;
using naive::network_of;

TEST_CASE("a convolution takes its batch norm and its clamp along") {
  const auto layers =
      fuse(network_of("layers: [{type: conv2d, name: a, out: 3, kernel: 1}, batch_norm, relu6, {type: dropout, name: "
                      "drop}, {type: flatten, name: f}, {type: linear, name: l, out: 2}]"));
  REQUIRE(layers.size() == 4);
  CHECK(layers[0].anchor == "input");
  CHECK(layers[1].anchor == "a");
  CHECK(layers[1].batch_norm == "a.batch_norm");
  CHECK(layers[1].clamp == "a.relu6");
  CHECK(layers[1].output == "a.relu6");
  CHECK(layers[2].inputs == std::vector<std::string>{"a.relu6"});  // through the dropout
  CHECK(layers[3].inputs == std::vector<std::string>{"f"});
}

TEST_CASE("what somebody else reads too does not fuse") {
  const auto network = network_of(R"(
layers:
  - {type: conv2d, name: a, out: 2, kernel: 1}
  - {type: batch_norm, name: n}
  - {type: relu, name: r}
  - {type: add, name: s, inputs: [n, r]})");
  const auto layers = fuse(network);
  REQUIRE(layers.size() == 4);
  CHECK(layers[1].output == "n");
  CHECK(layers[1].clamp.empty());
  CHECK(layers[2].anchor == "r");
  CHECK(layers[3].inputs == std::vector<std::string>{"n", "r"});
}

TEST_CASE("a sum takes a clamp, a pool, a mean or a flattening does not") {
  for (const auto& [layer, fused] : std::map<std::string, bool>{{"{type: add, name: x, inputs: [a, input]}", true},
                                                                {"{type: max_pool2d, name: x, kernel: 2}", false},
                                                                {"{type: global_average_pool, name: x}", false},
                                                                {"{type: flatten, name: x}", false}}) {
    const auto layers =
        fuse(network_of("layers: [{type: conv2d, name: a, out: 2, kernel: 1}, " + layer + ", {type: relu, name: r}]"));
    INFO(layer);
    CHECK(layers.size() == (fused ? 3 : 4));
    CHECK(layers.back().output == "r");
  }
}

TEST_CASE("every node but dropout is in exactly one layer, and layers are in topological order") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const auto network = naive::random_network(seed);
    std::set<std::string> written;
    std::size_t nodes = 0;
    for (const auto& layer : fuse(network)) {
      for (const auto& input : layer.inputs) CHECK(written.count(input) == 1);
      written.insert(layer.output);
      nodes += 1 + !layer.batch_norm.empty() + !layer.clamp.empty();
    }
    CHECK(nodes == remove_dropout(network).network.nodes.size());
  }
}

TEST_CASE("an encoding that an operator demands is shared only with what reads nothing else") {
  auto operators = graph::standard_operators();
  for (const char* key : {"unit", "percent"}) {
    auto fixed = *operators.find("relu");
    fixed.key = key, fixed.encoding = graph::EncodingTrait::fixed;
    fixed.fixed = {fixed.key == "unit" ? 1.0f / 256 : 0.01f, -128};
    operators.add(fixed);
  }
  graph::Builder b(operators, {2, 4, 4});
  const auto unit = b.layer("unit", {b.input()}, graph::Relu{}, "unit"),
             other = b.layer("unit", {b.input()}, graph::Relu{}, "other"),
             percent = b.layer("percent", {b.input()}, graph::Relu{}, "percent"),
             free = b.conv2d(b.input(), {.out = 2, .kernel = {1, 1}}, "free");
  const auto alike = b.concat({unit, other}, "alike"), unlike = b.concat({alike, percent}, "unlike"),
             mixed = b.concat({b.max_pool2d(alike, {.kernel = {1, 1}}, "pool"), free}, "mixed");
  const auto groups = encoding_groups(b.finish(b.concat({mixed, unlike}, "all")));
  for (const char* name : {"unit", "other", "alike", "pool"}) CHECK(groups.at(name) == "unit");
  CHECK(groups.at("percent") == "percent");
  for (const char* name : {"free", "mixed", "unlike", "all"}) CHECK(groups.at(name) == "free");
}

TEST_CASE("pooling, concatenation and flattening tie encodings; sums and means do not") {
  const auto groups = encoding_groups(network_of(R"(
layers:
  - {type: conv2d, name: a, out: 2, kernel: 1}
  - {type: relu, name: r}
  - {type: max_pool2d, name: m, kernel: 2}
  - {type: conv2d, name: b, out: 2, kernel: 2, input: input}
  - {type: concat, name: j, inputs: [m, b]}
  - {type: add, name: s, inputs: [j, j]}
  - {type: flatten, name: f}
  - {type: linear, name: c, out: classes})"));
  CHECK(groups.at("m") == "r");
  CHECK(groups.at("b") == "r");
  CHECK(groups.at("j") == "r");
  CHECK(groups.at("r") == "r");
  CHECK(groups.at("s") == "s");
  CHECK(groups.at("f") == "s");
  CHECK(groups.at("c") == "c");
  CHECK(groups.at("input") == "input");
  CHECK(groups.count("a") == 0);
}
