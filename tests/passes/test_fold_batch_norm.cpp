#include "base/error.h"

#include <algorithm>

#include "catch.h"
#include "graph/naive_executor.h"
#include "graph/random_networks.h"
#include "passes/fusion.h"
#include "passes/rewrite.h"

using namespace espalier;
using namespace espalier::passes;
using naive::difference;
using naive::execute;
using naive::network_of;
using naive::random_input;

TEST_CASE("folding batch norm and removing dropout leaves the output of 100 random networks") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    INFO("seed " << seed);
    const auto network = naive::random_network(seed);
    const auto folded = fold_batch_norm(remove_dropout(network).network);
    graph::check_weights(folded.network);
    for (const auto& node : folded.network.nodes) CHECK((!node.is("batch_norm") && !node.is("dropout")));
    const auto input = random_input(network, seed);
    CHECK(difference(execute(network, input), execute(folded.network, input)) < 1e-5);
    for (const auto& tensor : folded.removed) CHECK(folded.network.weights.count(tensor) == 0);
  }
}

TEST_CASE("folding works for linear layers, layers with a bias and a batch norm at the end") {
  auto network =
      network_of("layers: [{type: flatten, name: f}, {type: linear, name: a, out: 4}, {type: batch_norm, name: n}]");
  naive::randomize(network, 2);
  network.encodings["n"] = {{0.5f}, {3}, -128, 127, -1};
  const auto folded = fold_batch_norm(network).network;
  CHECK(folded.nodes.back().name == "a");
  CHECK(folded.encodings.at("a").zero_point[0] == 3);
  CHECK(difference(execute(network, random_input(network, 2)), execute(folded, random_input(network, 2))) < 1e-5);
}

TEST_CASE("weights that lie on a per-channel grid lie on the folded grid") {
  auto network = network_of("layers: [{type: conv2d, name: a, out: 4, kernel: 3}, {type: batch_norm, name: n}, relu]");
  naive::randomize(network, 3);
  auto& encoding = network.encodings["a.weight"];
  encoding = {{0.01f, 0.02f, 0.03f, 0.04f}, {0, 0, 0, 0}, -127, 127, 0};
  auto values = network.weights.at("a.weight").floats();
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = encoding.scale[i / 18] * std::clamp(std::round(values[i] / encoding.scale[i / 18]), -127.0f, 127.0f);
  network.weights.at("n.gamma").floats()[1] = -0.5f;
  network.weights.at("n.gamma").floats()[2] = 0;
  const auto folded = fold_batch_norm(network).network;
  const auto& grid = folded.encodings.at("a.weight").scale;
  const auto moved = folded.weights.at("a.weight").floats();
  for (std::size_t i = 0; i < moved.size(); ++i) {
    CHECK(grid[i / 18] > 0);
    const double steps = moved[i] / grid[i / 18];
    CHECK(std::abs(steps - std::round(steps)) < 1e-3);
  }
}

TEST_CASE("a negative factor turns the codes of a channel around; channels that leave take their sign along") {
  auto network = network_of(
      "layers: [{type: conv2d, name: a, out: 3, kernel: 1}, {type: batch_norm, name: n}, relu, {type: conv2d, name: b, "
      "out: 1, kernel: 1}]");
  naive::randomize(network, 3);
  network.encodings["a.weight"] = {{1, 1, 1}, {0, 0, 0}, -127, 127, 0, {-4, 0, 7}, {1, -1, 1}};
  const std::vector<float> factors = {0.5f, -0.5f, -2};
  std::copy(factors.begin(), factors.end(), network.weights.at("n.gamma").floats().begin());
  CHECK(fold_batch_norm(network).network.encodings.at("a.weight").signs == std::vector<std::int32_t>{1, 1, -1});
  CHECK(fold_batch_norm(network).network.encodings.at("a.weight").codes == std::vector<std::int32_t>{-4, 0, 7});
  for (const char* tensor : {"a.weight", "n.gamma", "n.beta"}) {
    auto& mask = network.masks[tensor] = graph::Tensor(graph::Type::uint8, network.weights.at(tensor).shape);
    const auto run = mask.flags().size() / 3;
    for (std::size_t i = 0; i < mask.flags().size(); ++i) mask.flags()[i] = i / run != 0;
  }
  const auto cut = remove_masked_channels(network).network;
  CHECK(cut.encodings.at("a.weight").signs == std::vector<std::int32_t>{-1, 1});
}

TEST_CASE("a channel that gamma and beta both mask stays masked; a half masked one does not") {
  auto network = network_of("layers: [{type: conv2d, name: a, out: 3, kernel: 1}, {type: batch_norm, name: n}, relu]");
  naive::randomize(network, 4);
  network.masks["n.gamma"] = graph::Tensor::of({3}, std::vector<std::uint8_t>{0, 0, 1});
  network.masks["n.beta"] = graph::Tensor::of({3}, std::vector<std::uint8_t>{0, 1, 1});
  const auto folded = fold_batch_norm(network).network;
  CHECK(folded.masks.count("n.gamma") == 0);
  CHECK(folded.masks.at("a.bias") == graph::Tensor::of({3}, std::vector<std::uint8_t>{0, 1, 1}));
}

TEST_CASE("a batch norm that nothing can take stays") {
  auto network = network_of(
      "layers: [{type: max_pool2d, name: m, kernel: 2}, {type: batch_norm, name: n}, {type: conv2d, name: a, out: 2, "
      "kernel: 1}]");
  naive::randomize(network, 5);
  CHECK(fold_batch_norm(network).network.nodes.size() == 4);
}

TEST_CASE("a dropout at the end leaves its input as the output") {
  auto network = network_of(
      "layers: [{type: conv2d, name: a, out: 2, kernel: 1}, {type: dropout, name: d}, {type: dropout, name: e}]");
  naive::randomize(network, 6);
  const auto result = remove_dropout(network).network;
  CHECK(result.nodes.size() == 2);
  CHECK(result.nodes.back().name == "a");
  graph::check_weights(result);
}

TEST_CASE("the standard passes are found by name and leave a network without work as it is") {
  CHECK(standard_passes().size() == 3);
  auto network = network_of("layers: [{type: conv2d, name: a, out: 2, kernel: 1}]");
  naive::randomize(network, 7);
  for (const auto& [name, pass] : standard_passes()) {
    const auto result = pass(network);
    INFO(name);
    CHECK(result.network.weights == network.weights);
    CHECK(result.cuts.empty());
  }
}
