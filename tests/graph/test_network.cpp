#include "graph/network.h"

#include <cmath>

#include "base/error.h"
#include "catch.h"
#include "graph/random_networks.h"

using namespace espalier;
using namespace espalier::graph;
using naive::network_of;

namespace {
const char* plain =
    "layers: [{type: conv2d, name: a, out: 64, kernel: 3}, {type: batch_norm, name: n}, relu, {type: "
    "global_average_pool, name: p}, {type: linear, name: l, out: 300}]";
}

TEST_CASE("initial weights are a function of the seed, the name and nothing else") {
  auto one = network_of(plain), two = network_of(plain);
  initialize(one, 5);
  initialize(two, 5);
  CHECK(one.weights == two.weights);
  initialize(two, 6);
  CHECK_FALSE(one.weights.at("a.weight") == two.weights.at("a.weight"));
  // A layer more does not change the others' weights.
  auto longer =
      network_of(std::string(plain).insert(std::string(plain).size() - 1, ", {type: linear, name: m, out: 2}"));
  initialize(longer, 5);
  CHECK(longer.weights.at("a.weight") == one.weights.at("a.weight"));
}

TEST_CASE("initial weights have He's variance, batch norm is the identity, biases are zero") {
  auto network = network_of(plain);
  initialize(network, 1);
  check_weights(network);
  for (const auto& [name, fan_in] : std::map<std::string, double>{{"a.weight", 2 * 9}, {"l.weight", 64}}) {
    double sum = 0, squares = 0;
    const auto values = network.weights.at(name).floats();
    for (const double value : values) sum += value, squares += value * value;
    const auto n = static_cast<double>(values.size());
    CHECK(sum / n == Approx(0).margin(4 * std::sqrt(2 / fan_in / n)));
    CHECK(squares / n == Approx(2 / fan_in).epsilon(0.15));
  }
  CHECK(network.weights.at("n.gamma").floats()[3] == 1);
  CHECK(network.weights.at("n.running_variance").floats()[3] == 1);
  CHECK(network.weights.at("n.beta").floats()[3] == 0);
  CHECK(network.weights.at("l.bias").floats()[3] == 0);
}

TEST_CASE("missing, superfluous and misshapen weights are named") {
  auto network = network_of(plain);
  initialize(network, 1);
  auto broken = network;
  broken.weights.erase("n.beta");
  CHECK_THROWS_AS(check_weights(broken), Error);
  broken = network;
  broken.weights["ghost.weight"] = Tensor(Type::float32, {1});
  CHECK_THROWS_AS(check_weights(broken), Error);
  broken = network;
  broken.weights["l.bias"] = Tensor(Type::float32, {3});
  CHECK_THROWS_AS(check_weights(broken), Error);
}

TEST_CASE("cost counts multiplications, folded parameters and what masks leave") {
  auto network = network_of(plain);
  const std::int64_t weights = 64 * 18 + 64 * 300;
  CHECK(cost_of(network).macs == 35 * 64 * 18 + 64 * 300);
  CHECK(cost_of(network).parameters == weights + 64 + 300);
  CHECK(cost_of(network).nonzero_parameters == cost_of(network).parameters);
  CHECK(cost_of(network).largest_activation == 64 * 35);
  initialize(network, 1);
  network.masks["a.weight"] = Tensor(Type::uint8, {64, 2, 3, 3});
  network.masks["a.weight"].flags()[7] = 1;
  CHECK(cost_of(network, network.node("a")).nonzero_parameters == 1);
  CHECK(cost_of(network).nonzero_parameters == 1 + 64 + 64 * 300 + 300);
  network.weights["l.weight"].floats()[0] = 0;
  CHECK(cost_of(network).nonzero_parameters == 64 * 300 + 364);
}

TEST_CASE("nodes are found, consumers counted, strangers refused") {
  const auto network = network_of(
      "layers: [{type: relu, name: r}, {type: add, name: s, inputs: [r, r]}, {type: add, name: t, inputs: [s, r]}]");
  CHECK(network.consumers("r").size() == 2);
  CHECK(network.consumers("t").empty());
  CHECK(network.find("x") == nullptr);
  CHECK_THROWS_AS(network.node("x"), Error);
}
