#include "graph/builder.h"

#include <functional>

#include "base/error.h"
#include "catch.h"
#include "graph/model_file.h"
#include "graph/random_networks.h"

using namespace espalier;
using namespace espalier::graph;

namespace {

std::string complaint(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    CHECK(error.code() == Exit::mistake);
    return error.what();
  }
  return "";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a network that is built is the network of the model file") {
  Builder b({2, 9, 7}, "model");
  auto x = b.conv2d(b.input(), {.out = 6, .kernel = {3, 2}, .stride = {2, 1}, .padding = Padding::same()}, "stem");
  x = b.relu(b.batch_norm(x));
  auto y = b.depthwise_conv2d(x, {.kernel = {3, 3}, .padding = Padding::same(), .bias = true}, "dw");
  y = b.relu6(b.batch_norm(y), "dw.out");
  x = b.add(x, y, "sum");
  x = b.concat({b.max_pool2d(x, {.kernel = {2, 2}, .stride = {2, 2}}),
                b.average_pool2d(x, {.kernel = {2, 2}, .stride = {2, 2}})},
               "both");
  x = b.linear(b.dropout(b.flatten(x), {.p = 0.1}), {.out = 8}, "hidden");
  x = b.linear(x, {.out = 5, .bias = false}, "head");
  const auto built = b.finish(x, 4);

  auto read = naive::network_of(R"(
layers:
  - {type: conv2d, name: stem, out: 6, kernel: [3, 2], stride: [2, 1], padding: same}
  - batch_norm
  - relu
  - {type: depthwise_conv2d, name: dw, kernel: 3, padding: same, bias: true}
  - batch_norm
  - {type: relu6, name: dw.out}
  - {type: add, name: sum, inputs: [stem.relu, dw.out]}
  - {type: max_pool2d, kernel: 2, stride: 2}
  - {type: average_pool2d, kernel: 2, stride: 2, input: sum}
  - {type: concat, name: both, inputs: [sum.max_pool2d, sum.average_pool2d]}
  - flatten
  - {type: dropout, p: 0.1}
  - {type: linear, name: hidden, out: 8}
  - {type: linear, name: head, out: classes, bias: false}
)");
  initialize(read, 4);
  // Arguments of a call are evaluated in any order, and so may the two pools stand.
  CHECK(built.nodes.size() == read.nodes.size());
  CHECK((built.weights == read.weights));
  for (const auto& node : read.nodes) {
    INFO(node.name);
    REQUIRE(built.find(node.name));
    CHECK(built.node(node.name).inputs == node.inputs);
    CHECK(built.node(node.name).shape == node.shape);
    CHECK(node.op->resolved(built.node(node.name).attributes).dump() == node.op->resolved(node.attributes).dump());
  }
}

TEST_CASE("the output may have been built before other layers") {
  Builder b({4});
  const auto trunk = b.linear(b.input(), {.out = 3}, "trunk");
  const auto other = b.relu(trunk, "other");
  const auto sum = b.add(trunk, other, "sum");
  CHECK(b.finish(sum).nodes.back().name == "sum");
}

TEST_CASE("mistakes in a builder name the layer") {
  Builder b({1, 8, 8});
  const auto stem = b.conv2d(b.input(), {.out = 4, .kernel = {3, 3}}, "stem");
  CHECK(has(complaint([&] { b.conv2d(stem, {.out = 4, .kernel = {9, 9}}, "large"); }), "large"));
  CHECK(has(complaint([&] { b.conv2d(stem, {.out = 0, .kernel = {1, 1}}, "none"); }), "none"));
  CHECK(has(complaint([&] { b.linear(stem, {.out = 4}, "head"); }), "head"));
  CHECK(has(complaint([&] { b.relu("nothing", "lost"); }), "nothing"));
  CHECK(has(complaint([&] { b.relu(stem, "stem"); }), "taken"));
  CHECK(has(complaint([&] { b.layer("conv", {stem}, Conv2d{}); }), "conv2d"));
  CHECK(has(complaint([&] { b.layer("add", {stem}, {}); }), "1 inputs"));
  b.relu(stem, "unused");
  CHECK(has(complaint([&] { b.finish(stem); }), "another one reads it"));
  const auto last = b.relu6(stem, "last");
  CHECK(has(complaint([&] { b.finish(last); }), "unused"));
}
