// The contract of every operator, walked over the registry: what passes, pruner and planner rely on.
#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "catch.h"
#include "graph/network.h"
#include "graph/operators/flatten.h"
#include "graph/operators/recurrent.h"
#include "graph/operators/window.h"
#include "schema/document.h"

using namespace espalier;
using namespace espalier::graph;

namespace {

/// Attributes that fit an input of 4x8x6; operators of one axis get 24 features.
Node node_of(const Operators& operators, const std::string& key) {
  Node node;
  node.name = "x";
  node.op = operators.find(key);
  schema::Value attributes = schema::Value::map({});
  for (const auto& field : node.op->fields.all) {
    if (field.key == "hidden") attributes.set("hidden", schema::Value::scalar("10"));
    if (field.key == "out") attributes.set("out", schema::Value::scalar("10"));
    if (field.key == "kernel") attributes.set("kernel", schema::parse("[3, 2]", "kernel"));
    if (field.key == "stride") attributes.set("stride", schema::parse("[2, 1]", "stride"));
    if (field.key == "bias") attributes.set("bias", schema::Value::scalar("true"));
    if (field.key == "shape") attributes.set("shape", schema::parse("[4, 8, 6]", "shape"));
  }
  std::vector<Problem> problems;
  node.attributes = node.op->read(attributes, key, problems);
  CHECK(problems.empty());
  return node;
}

std::vector<Shape> inputs_of(const Node& node) {
  const Shape shape = node.is("linear") ? Shape{24} : Shape{4, 8, 6};
  return std::vector<Shape>(static_cast<std::size_t>(node.op->inputs_least), shape);
}

}  // namespace

TEST_CASE("every operator says what it is, and what its keys mean") {
  const auto operators = standard_operators();
  CHECK(operators.keys().size() >= 14);
  for (const auto& key : operators.keys()) {
    INFO(key);
    const auto op = operators.find(key);
    CHECK(op->key == key);
    CHECK_FALSE(op->fields.summary.empty());
    CHECK(op->inputs_least <= op->inputs_most);
    for (const auto& field : op->fields.all) CHECK_FALSE(field.doc.empty());
  }
}

TEST_CASE("every operator's attributes survive being written and read") {
  const auto operators = standard_operators();
  for (const auto& key : operators.keys()) {
    INFO(key);
    const auto node = node_of(operators, key);
    const auto written = node.op->resolved(node.attributes);
    std::vector<Problem> problems;
    const auto again = node.op->read(written, key, problems);
    CHECK(problems.empty());
    CHECK(node.op->resolved(again).dump() == written.dump());
    node.op->read(schema::parse("{no_such_key: 1}", "x"), key, problems);
    CHECK_FALSE(problems.empty());
  }
}

TEST_CASE("every operator's shape follows its channel trait") {
  const auto operators = standard_operators();
  for (const auto& key : operators.keys()) {
    INFO(key);
    const auto node = node_of(operators, key);
    const auto inputs = inputs_of(node);
    const auto shape = node.op->shape(node, inputs);
    CHECK(std::ranges::all_of(shape, [](std::int64_t extent) { return extent > 0; }));
    switch (node.op->channels) {
      case Channels::source:
        CHECK(inputs.empty());
        break;
      case Channels::produce:
        CHECK(shape[0] == 10);
        break;
      case Channels::pass:
        CHECK(shape[0] == inputs[0][0]);
        break;
      case Channels::tie:
        CHECK(shape == inputs[0]);
        break;
      case Channels::concatenate:
        CHECK(shape[0] == inputs[0][0] + inputs[1][0]);
        break;
      case Channels::flatten:
        CHECK(shape == Shape{elements(inputs[0])});
        break;
    }
    if (node.op->in_place) CHECK(elements(shape) == elements(inputs[0]));
    if (node.op->encoding == EncodingTrait::clamp || node.op->encoding == EncodingTrait::none)
      CHECK(shape == inputs[0]);
  }
}

TEST_CASE("every slot's axes are the channels that they say they follow") {
  const auto operators = standard_operators();
  for (const auto& key : operators.keys()) {
    INFO(key);
    auto node = node_of(operators, key);
    const auto inputs = inputs_of(node);
    node.shape = node.op->shape(node, inputs);
    std::set<std::string> names;
    for (const auto& slot : node.op->slots(node, inputs)) {
      INFO(slot.name);
      CHECK(names.insert(slot.name).second);
      const bool recurrent = recurrence_of(node, inputs.empty() ? Shape{} : inputs[0]).has_value();
      REQUIRE((slot.out_axis >= 0 || slot.in_axis >= 0 || recurrent));
      if (slot.out_axis >= 0) CHECK(slot.shape[static_cast<std::size_t>(slot.out_axis)] == node.shape[0]);
      if (slot.in_axis >= 0) CHECK(slot.shape[static_cast<std::size_t>(slot.in_axis)] % inputs[0][0] == 0);
      if (slot.role != Role::weight && !recurrent) CHECK(slot.shape == Shape{node.shape[0]});
    }
    const auto macs = node.op->macs(node, inputs);
    CHECK((macs > 0) == (names.count("weight") + names.count("input_weight") == 1));
  }
}

TEST_CASE("multiplications are the weights used once an output pixel") {
  const auto operators = standard_operators();
  for (const char* key : {"conv2d", "depthwise_conv2d", "linear"}) {
    auto node = node_of(operators, key);
    const auto inputs = inputs_of(node);
    node.shape = node.op->shape(node, inputs);
    const auto pixels = node.shape.size() == 3 ? node.shape[1] * node.shape[2] : 1;
    CHECK(node.op->macs(node, inputs) == pixels * elements(node.op->slots(node, inputs)[0].shape));
  }
}

TEST_CASE("windows land where TensorFlow and PyTorch put them") {
  const auto operators = standard_operators();
  const auto node = node_of(operators, "conv2d");
  const Padding same{Padding::Mode::same};
  const auto at = place(node, {1, 49, 10}, {10, 4}, {2, 2}, same);
  CHECK(at.out_height == 25);
  CHECK(at.out_width == 5);
  CHECK(at.top == 4);
  CHECK(at.bottom == 5);  // the odd one goes below
  CHECK(at.left == 1);
  CHECK(at.right == 1);
  CHECK(place(node, {1, 8, 8}, {1, 1}, {2, 2}, same).padded() == false);
  CHECK(place(node, {1, 8, 8}, {3, 3}, {2, 2}, {Padding::Mode::explicit_, 1, 1, 1, 1}).out_height == 4);
  CHECK(place(node, {1, 8, 8}, {3, 3}, {2, 2}, {Padding::Mode::valid}).out_height == 3);
  CHECK_THROWS_AS(place(node, {1, 2, 8}, {3, 3}, {1, 1}, {Padding::Mode::valid}), Error);
  CHECK_THROWS_AS(place(node, {8}, {3, 3}, {1, 1}, {Padding::Mode::valid}), Error);
}

TEST_CASE("an operator is registered once") {
  auto operators = standard_operators();
  CHECK_THROWS_AS(operators.add(*operators.find("relu")), Error);
  CHECK(operators.find("conv3d") == nullptr);
}

TEST_CASE("a table tells its holes") {
  Table<int> table;
  table.rows["relu"] = 1;
  table.refused["dropout"] = "does nothing";
  const auto holes = table.holes(standard_operators());
  CHECK(holes.size() == standard_operators().keys().size() - 2);
  CHECK(table.find("relu") != nullptr);
  CHECK(table.find("dropout") == nullptr);
}
