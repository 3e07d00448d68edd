#include "graph/operators/gru.h"

#include <algorithm>

#include "catch.h"
#include "graph/builder.h"
#include "graph/naive_executor.h"

using namespace espalier;
using namespace espalier::graph;

TEST_CASE("a gru of one unit gives what is computed by hand") {
  Builder b({1, 1, 2});
  auto network = b.finish(b.gru(b.input(), {.hidden = 1}, "gru"));
  const auto set = [&](const char* slot, std::vector<float> values) {
    std::copy(values.begin(), values.end(), network.weights.at(slot).floats().begin());
  };
  set("gru.input_weight", {1, 0, 2});  // r, z, n
  set("gru.recurrent_weight", {0, 1, 3});
  set("gru.input_bias", {0, 0, 0});
  set("gru.recurrent_bias", {0, 0, 0.5});  // inside the reset gate's product
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  const double h1 = 0.5 * std::tanh(1.0 + sigmoid(0.5) * 0.5);
  const double fresh = std::tanh(-2.0 + sigmoid(-1.0) * (3 * h1 + 0.5)), kept = sigmoid(h1);
  CHECK(naive::execute(network, {0.5, -1.0})[0] == Approx((1 - kept) * fresh + kept * h1));
}
