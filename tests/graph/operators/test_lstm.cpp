#include "graph/operators/lstm.h"

#include <algorithm>

#include "catch.h"
#include "graph/builder.h"
#include "graph/naive_executor.h"

using namespace espalier;
using namespace espalier::graph;

TEST_CASE("an lstm of one unit gives what is computed by hand") {
  Builder b({1, 1, 2});
  auto network = b.finish(b.lstm(b.input(), {.hidden = 1, .bias = false}, "lstm"));
  const auto set = [&](const char* slot, std::vector<float> values) {
    std::copy(values.begin(), values.end(), network.weights.at(slot).floats().begin());
  };
  set("lstm.input_weight", {1, 0, 2, 0});  // i, f, g, o
  set("lstm.recurrent_weight", {0, 1, 0, -1});
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  const double c1 = sigmoid(0.5) * std::tanh(1.0), h1 = 0.5 * std::tanh(c1);
  const double c2 = sigmoid(h1) * c1 + sigmoid(-1.0) * std::tanh(-2.0), h2 = sigmoid(-h1) * std::tanh(c2);
  CHECK(naive::execute(network, {0.5, -1.0})[0] == Approx(h2));
}
