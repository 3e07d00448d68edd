#include "graph/model_file.h"

#include "base/text.h"
#include "catch.h"
#include "graph/operators/conv2d.h"
#include "graph/random_networks.h"

using namespace espalier;
using namespace espalier::graph;
using naive::network_of;

namespace {
std::vector<Problem> problems_of(const std::string& yaml, Ends ends = {{2, 9, 7}, 5}) {
  std::vector<Problem> problems;
  read_model(schema::parse(yaml, "m.yaml"), standard_operators(), ends, problems);
  return problems;
}
Problem problem(const std::string& yaml, Ends ends = {{2, 9, 7}, 5}) {
  const auto problems = problems_of(yaml, std::move(ends));
  CHECK(problems.size() == 1);
  return problems.empty() ? Problem{} : problems[0];
}
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
std::vector<std::string> names_of(const Network& network) {
  std::vector<std::string> names;
  for (const auto& node : network.nodes) names.push_back(node.name);
  return names;
}
using Names = std::vector<std::string>;
}  // namespace

TEST_CASE("unnamed layers are named after the one before, repeats count their blocks") {
  const auto network = network_of(R"(
name: tiny
layers:
  - {type: conv2d, name: stem, out: 4, kernel: 3, padding: same}
  - batch_norm
  - relu
  - repeat: 2
    name: block
    layers:
      - {type: conv2d, name: conv, out: 4, kernel: 1}
      - relu
      - relu
  - {type: flatten, name: flat}
)");
  CHECK(network.name == "tiny");
  CHECK(names_of(network) == Names{"input", "stem", "stem.batch_norm", "stem.relu", "block1.conv", "block1.conv.relu",
                                   "block1.conv.relu2", "block2.conv", "block2.conv.relu", "block2.conv.relu2",
                                   "flat"});
  CHECK(network.node("block2.conv").inputs == Names{"block1.conv.relu2"});
}

TEST_CASE("inputs are looked up in their own block first, then outwards") {
  const auto network = network_of(R"(
layers:
  - {type: conv2d, name: start, out: 4, kernel: 1}
  - repeat: 2
    name: block
    layers:
      - {type: conv2d, name: conv, out: 4, kernel: 1}
      - {type: add, name: sum, inputs: [conv, start]}
  - {type: add, name: out, inputs: [block1.sum, block2.sum]}
)");
  CHECK(network.node("block2.sum").inputs == Names{"block2.conv", "start"});
  CHECK(network.node("out").inputs == Names{"block1.sum", "block2.sum"});
}

TEST_CASE("mistakes in a model are named with file, line and column, several at once") {
  const auto problems = problems_of(
      "layers:\n  - {type: conv3d, out: 3}\n  - {type: conv2d, otu: 3, kernel: 3}\n  - {type: relu, input: stme}\n");
  REQUIRE(problems.size() == 4);
  CHECK(problems[0].origin == "m.yaml:2:12");
  CHECK(problems[0].text == "unknown layer 'conv3d'; did you mean 'conv2d'?");
  CHECK(problems[1].origin == "m.yaml:3:25");
  CHECK(has(problems[1].text, "did you mean 'out'?"));
  CHECK(has(problems[2].text, "needs 'out'"));
  CHECK(has(problems[3].text, "no layer 'stme'"));
}

TEST_CASE("layers that do not fit together are named where they are written") {
  const auto kernel = problem("layers:\n  - relu\n  - {type: conv2d, name: c, out: 3, kernel: 30}\n");
  CHECK(kernel.origin == "m.yaml:3:5");
  CHECK(has(kernel.text, "conv2d 'c': kernel 30x30 does not fit its input 2x9x7"));
  CHECK(has(problem("layers: [{type: linear, out: 3}]").text, "put flatten or global_average_pool before it"));
  CHECK(has(problem("layers: [{type: conv2d, name: c, out: 3, kernel: 1}, {type: add, inputs: [c, input]}]").text,
            "equal shapes"));
  CHECK(has(problem("layers: [{type: conv2d, name: c, out: 3, kernel: 2}, {type: concat, inputs: [c, input]}]").text,
            "equal height and width"));
  CHECK(has(problem("layers: [{type: flatten}, {type: conv2d, out: 1, kernel: 1}]").text, "channels x height x width"));
}

TEST_CASE("other mistakes that a model file can hold") {
  CHECK(has(problem("{}").text, "`layers:`"));
  CHECK(has(problem("[]").text, "must be a map"));
  CHECK(has(problem("layers: []").text, "`layers:`"));
  CHECK(has(problem("layer: [relu]\nlayers: [relu]").text, "did you mean 'layers'"));
  CHECK(has(problem("layers: [{type: relu, name: a}, {type: relu, name: a}]").text, "'a' is taken"));
  CHECK(has(problem("layers: [{type: relu, name: input}]").text, "'input' is taken"));
  CHECK(has(problem("layers: [{type: add}]").text, "needs `inputs:`"));
  CHECK(has(problem("layers: [{type: relu, inputs: [input, input]}]").text, "takes 1 inputs, not 2"));
  CHECK(has(problem("layers: [input]").text, "unknown layer 'input'"));
  CHECK(has(problem("layers: [{repeat: 0, layers: [relu]}]").text, "1 to 256"));
  CHECK(has(problem("layers: [{repeat: 2, layer: [relu], layers: [relu]}]").text, "did you mean 'layers'"));
  CHECK(has(problem("layers: [{type: linear, out: classes}]", {{3}, 0}).text, "classes is not known"));
  CHECK(has(problem("layers: [relu]\ninput: [1, 2, 3]").text, "the model takes 1x2x3, the data gives 2x9x7"));
  CHECK(has(problem("layers: [relu]", {{}, 5}).text, "is not known"));
}

TEST_CASE("`outputs` is what the task wants, by default the number of classes") {
  const auto width = [](const Ends& ends) {
    std::vector<Problem> problems;
    const auto network = read_model(schema::parse("layers: [{type: linear, out: outputs}]", "m.yaml"),
                                    standard_operators(), ends, problems);
    refuse(problems);
    return network.output_shape()[0];
  };
  CHECK(width({{3}, 2, 7}) == 7);
  CHECK(width({{3}, 2}) == 2);
}

TEST_CASE("sizes beyond reason are refused, not allocated") {
  CHECK(has(problem("layers: [relu]\ninput: [-1, 3, 3]", {{}, 5}).text, "no network takes"));
  CHECK(has(problem("layers: [relu]\ninput: [100000, 100000, 100000]", {{}, 5}).text, "no network takes"));
  CHECK(has(problem("layers: [{type: conv2d, out: 3, kernel: [1, 1e9], padding: same}]").text,
            "1 to 1024, not [1, 1000000000]"));
  CHECK(has(problem("layers: [{type: conv2d, out: 3, kernel: 1, padding: 1e9}]").text, "1024"));
  CHECK(has(problem("layers: [{repeat: 256, name: a, layers: [{repeat: 256, name: b, layers: [{repeat: 256, name: c, "
                    "layers: [relu]}]}]}]")
                .text,
            "more than 4096 layers"));
}

TEST_CASE("a network written out reads back as the same network") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const auto network = naive::random_network(seed);
    std::vector<Problem> problems;
    const auto again =
        read_model(schema::parse(model_value(network).dump(), "written"), standard_operators(), {}, problems);
    CHECK(problems.empty());
    CHECK(model_value(again).dump() == model_value(network).dump());
    REQUIRE(names_of(again) == names_of(network));
    for (const auto& node : network.nodes) CHECK(again.node(node.name).shape == node.shape);
  }
}

TEST_CASE("padding is read in each of its forms") {
  const auto network = network_of(
      "layers: [{type: conv2d, name: a, out: 1, kernel: 3, padding: [0, 1, 2, 3]}, {type: conv2d, name: b, out: 1, "
      "kernel: 3, stride: 2, padding: same}, {type: conv2d, name: c, out: 1, kernel: 1, padding: 1}]");
  CHECK(network.node("a").shape == Shape{1, 8, 10});
  CHECK(network.node("b").shape == Shape{1, 4, 5});
  CHECK(network.node("c").shape == Shape{1, 6, 7});
  CHECK(network.node("a").as<Conv2d>()->padding.right == 3);
  CHECK(has(problem("layers: [{type: conv2d, out: 1, kernel: 3, padding: sme}]").text, "same, valid"));
}
