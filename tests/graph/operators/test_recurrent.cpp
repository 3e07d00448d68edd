#include "graph/operators/recurrent.h"

#include "base/error.h"
#include "catch.h"
#include "graph/builder.h"
#include "graph/naive_executor.h"
#include "graph/random_networks.h"

using namespace espalier;
using namespace espalier::graph;

TEST_CASE("time is the height of audio features and series, the width of signals of height 1") {
  Builder audio({1, 49, 10}), series({6, 1, 100}), maps({16, 25, 5});
  const auto of = [](Builder& b, const std::string& time) {
    const auto network = b.finish(b.lstm(b.input(), {.hidden = 8, .time = time}, "lstm"));
    return *recurrence_of(network, network.node("lstm"));
  };
  const auto frames = of(audio, "auto"), samples = of(series, "auto"), behind = of(maps, "width");
  CHECK((frames.down && frames.steps == 49 && frames.features == 10));
  CHECK((!samples.down && samples.steps == 100 && samples.features == 6));
  CHECK((!behind.down && behind.steps == 5 && behind.features == 16 * 25));
}

TEST_CASE("shape, cost and weights follow the attributes") {
  Builder b({1, 49, 10});
  auto x = b.gru(b.input(), {.hidden = 24, .bidirectional = true, .output = "sequence"}, "both");
  CHECK(b.shape(x) == Shape{48, 49, 1});
  x = b.lstm(x, {.hidden = 16, .bias = false}, "top");
  CHECK(b.shape(x) == Shape{16});
  const auto network = b.finish(b.linear(x, {.out = 12}, "head"));
  CHECK(cost_of(network, network.node("both")).macs == 49 * 2 * 3 * 24 * (10 + 24));
  CHECK(cost_of(network, network.node("both")).parameters == 2 * (3 * 24 * (10 + 24) + 2 * 3 * 24));
  CHECK(cost_of(network, network.node("top")).parameters == 4 * 16 * (48 + 16));
  CHECK(network.weights.at("both.reverse_recurrent_weight").shape == Shape{72, 24});
  CHECK_FALSE(network.weights.contains("top.input_bias"));
  for (const auto value : network.weights.at("both.input_bias").floats())
    CHECK(std::abs(value) <= 1 / std::sqrt(24.0) + 1e-6);
}

TEST_CASE("a sequence that was flattened away is refused with the remedy") {
  Builder b({3, 1, 20});
  try {
    b.lstm(b.lstm(b.input(), {.hidden = 4}, "first"), {.hidden = 4}, "second");
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find("output: sequence") != std::string::npos);
  }
}

TEST_CASE("model files know both operators, and refuse what they have not") {
  const auto network = naive::network_of(R"(
layers:
  - { type: lstm, name: lstm, hidden: 5, output: sequence, time: height }
  - { type: gru, name: gru, hidden: 4, bidirectional: true, time: height }
  - { type: linear, name: head, out: classes }
)",
                                         {1, 7, 3});
  CHECK(network.output_shape() == Shape{5});
  const auto again = naive::network_of(model_value(network).yaml(), {1, 7, 3});
  CHECK(again.node("gru").shape == Shape{8});
  CHECK_THROWS_AS(naive::network_of("layers:\n  - { type: lstm, hidden: 5, output: first }\n"), Error);
  CHECK_THROWS_AS(naive::network_of("layers:\n  - { type: gru, output: last }\n"), Error);
}
