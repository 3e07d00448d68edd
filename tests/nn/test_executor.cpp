#include <ATen/ATen.h>

#include "base/error.h"
#include "base/random.h"
#include "catch.h"
#include "graph/model_file.h"
#include "graph/naive_executor.h"
#include "graph/random_networks.h"
#include "nn/anchors.h"
#include "nn/executor.h"
#include "passes/rewrite.h"
#include "schema/document.h"

using namespace espalier;

namespace {

graph::Network network_of(const std::string& yaml, graph::Shape input = {1, 9, 6}) {
  std::vector<Problem> problems;
  auto network =
      graph::read_model(schema::parse(yaml, "test.yaml"), graph::standard_operators(), {std::move(input), 3}, problems);
  refuse(problems);
  graph::initialize(network, 7);
  return network;
}

const char* branched = R"(
layers:
  - {type: conv2d, name: stem, out: 8, kernel: [4, 3], stride: 2, padding: same}
  - batch_norm
  - relu
  - {type: depthwise_conv2d, name: dw, kernel: 3, padding: same}
  - batch_norm
  - relu6
  - {type: conv2d, name: pw, out: 8, kernel: 1}
  - {type: batch_norm, name: pw_norm}
  - {type: add, name: join, inputs: [pw_norm, stem.relu]}
  - {type: relu, name: join_relu}
  - {type: max_pool2d, name: pool, kernel: 2, padding: same}
  - {type: average_pool2d, name: mean, kernel: 2, padding: same}
  - {type: concat, name: both, inputs: [pool, mean]}
  - {type: flatten, name: flat}
  - {type: linear, name: head, out: classes}
)";

at::Tensor input(std::int64_t n, const graph::Shape& shape) {
  auto x = at::empty({n, shape[0], shape[1], shape[2]});
  Random random(3, "input");
  for (std::int64_t i = 0; i < x.numel(); ++i) x.mutable_data_ptr<float>()[i] = static_cast<float>(random.normal());
  return x;
}

}  // namespace

TEST_CASE("fused and reference execution agree, in training and in inference") {
  const auto network = network_of(branched);
  const auto x = input(10, network.input_shape());
  for (const bool training : {true, false}) {
    auto fused_live = nn::bring_to_life(network), plain_live = nn::bring_to_life(network);
    nn::Request request;
    request.training = training;
    auto plain_request = request;
    plain_request.reference = true;
    const auto fused = nn::forward(fused_live, x, request), plain = nn::forward(plain_live, x, plain_request);
    CHECK(at::allclose(fused.logits, plain.logits, 1e-4, 1e-4));
    fused.logits.square().sum().backward();
    plain.logits.square().sum().backward();
    for (const auto& [name, parameter] : fused_live.parameters) {
      INFO(name);
      const auto expected = plain_live.parameters.at(name).grad();
      CHECK((parameter.grad() - expected).abs().max().item<double>() <=
            1e-3 * (1 + expected.abs().max().item<double>()));
    }
    for (const auto& [name, buffer] : fused_live.buffers)
      CHECK(at::allclose(buffer, plain_live.buffers.at(name), 1e-4, 1e-5));
  }
}

TEST_CASE("random networks give what their plain meaning says") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    const auto network = naive::random_network(seed);
    const auto& shape = network.input_shape();
    const auto values = naive::random_input(network, seed);
    auto x = at::empty({1, shape[0], shape[1], shape[2]});
    std::copy(values.begin(), values.end(), x.mutable_data_ptr<float>());
    const auto logits = nn::forward(nn::bring_to_life(network, false), x, {}).logits.contiguous();
    const naive::Values given(logits.const_data_ptr<float>(), logits.const_data_ptr<float>() + logits.numel());
    CHECK(naive::difference(naive::execute(network, values), given) < 1e-4);
  }
}

TEST_CASE("a batch norm or a clamp that fuses with nothing still computes") {
  auto network = network_of(R"(
layers:
  - { type: conv2d, name: stem, out: 4, kernel: 3 }
  - { type: max_pool2d, name: pool, kernel: 2 }
  - { type: batch_norm, name: norm }
  - { type: relu6, name: six }
  - { type: conv2d, name: left, out: 4, kernel: 1, input: stem }
  - { type: relu, name: right, input: stem }
  - { type: add, name: sum, inputs: [left, right] }
  - { type: global_average_pool, name: mean, input: sum }
  - { type: global_average_pool, name: other, input: six }
  - { type: concat, name: joined, inputs: [mean, other] }
  - { type: linear, name: head, out: classes }
)");
  naive::randomize(network, 4);
  const auto& shape = network.input_shape();
  const auto values = naive::random_input(network, 4);
  auto x = at::empty({1, shape[0], shape[1], shape[2]});
  std::copy(values.begin(), values.end(), x.mutable_data_ptr<float>());
  for (const bool reference : {false, true}) {
    nn::Request request;
    request.reference = reference;
    const auto logits = nn::forward(nn::bring_to_life(network, false), x, request).logits.contiguous();
    const naive::Values given(logits.const_data_ptr<float>(), logits.const_data_ptr<float>() + logits.numel());
    CHECK(naive::difference(naive::execute(network, values), given) < 1e-4);
  }
}

TEST_CASE("folding batch norm keeps the inference output") {
  auto network = network_of(branched);
  for (auto& [name, tensor] : network.weights)
    if (name.find("running_mean") != std::string::npos || name.find("beta") != std::string::npos)
      for (std::size_t i = 0; i < tensor.floats().size(); ++i) tensor.floats()[i] = 0.1f * static_cast<float>(i) - 0.3f;
  const auto x = input(5, network.input_shape());
  const auto whole = nn::forward(nn::bring_to_life(network, false), x, {}),
             folded = nn::forward(nn::for_inference(network), x, {});
  CHECK(at::allclose(whole.logits, folded.logits, 1e-4, 1e-4));
}

TEST_CASE("a tap sees the value before its encoding, and inside a fused layer") {
  const auto network = network_of(branched);
  auto live = nn::bring_to_life(network, false);
  live.encodings["stem.relu"] = {at::scalar_tensor(0.5), at::scalar_tensor(-128, at::kInt)};
  const auto x = input(4, network.input_shape());
  nn::Request request;
  request.taps = {"stem", "stem.batch_norm", "stem.relu"};
  const auto seen = nn::forward(live, x, request);
  const auto plain = nn::forward(live, x, {});
  CHECK(at::allclose(seen.logits, plain.logits, 1e-4, 1e-4));
  CHECK(at::allclose(seen.activations.at("stem.relu"), at::relu(seen.activations.at("stem.batch_norm")), 1e-5, 1e-5));
  CHECK(seen.activations.at("stem.relu").remainder(0.5).abs().max().item<double>() > 0.01);
}

TEST_CASE("observed ranges are those of the value before its encoding") {
  const auto network = network_of(branched);
  auto live = nn::bring_to_life(network, false);
  const auto x = input(4, network.input_shape());
  nn::Request request;
  request.observed = {"input", "join_relu"};
  const auto outcome = nn::forward(live, x, request);
  CHECK(outcome.ranges.at("input").low == Approx(x.min().item<double>()));
  CHECK(outcome.ranges.at("input").high == Approx(x.max().item<double>()));
  CHECK(outcome.ranges.at("join_relu").low >= 0);
}

TEST_CASE("dropout is a function of seed and step, and scales what it keeps") {
  const auto network = network_of(
      "layers:\n  - {type: flatten, name: flat}\n  - {type: dropout, p: 0.5}\n  - {type: linear, name: head, out: "
      "classes}\n");
  const auto live = nn::bring_to_life(network, false);
  const auto x = input(6, network.input_shape());
  nn::Request request;
  request.training = true;
  const auto first = nn::forward(live, x, request).logits, again = nn::forward(live, x, request).logits;
  request.step = 1;
  const auto other = nn::forward(live, x, request).logits;
  CHECK(first.equal(again));
  CHECK_FALSE(first.equal(other));
}

TEST_CASE("every operator runs or says why not") { CHECK(nn::anchors().holes(graph::standard_operators()).empty()); }

TEST_CASE("capturing gives back what was brought to life") {
  auto network = network_of(branched);
  network.masks["stem.weight"] = graph::Tensor(graph::Type::uint8, network.weights.at("stem.weight").shape);
  network.encodings["stem.relu"] = {{0.25f}, {-128}, -128, 127, -1};
  const auto back = nn::capture(nn::bring_to_life(network));
  CHECK((back.weights == network.weights));
  CHECK((back.masks == network.masks));
  CHECK((back.encodings == network.encodings));
}
