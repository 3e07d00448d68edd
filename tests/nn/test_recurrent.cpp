#include "nn/recurrent.h"

#include <algorithm>

#include <ATen/ATen.h>

#include "catch.h"
#include "graph/builder.h"
#include "graph/naive_executor.h"
#include "nn/executor.h"

using namespace espalier;

namespace {

/// Both cells, both directions, both layouts, one behind a convolution.
graph::Network stacked(const graph::Shape& input, const std::string& time, std::uint64_t seed) {
  graph::Builder b(input);
  auto x = b.conv2d(b.input(), {.out = 3, .kernel = {1, 1}}, "stem");
  x = b.lstm(x, {.hidden = 5, .bidirectional = true, .output = "sequence", .time = time}, "first");
  x = b.dropout(x, {.p = 0.25});
  x = b.gru(x, {.hidden = 4, .output = "sequence", .bias = false}, "second");
  x = b.gru(x, {.hidden = 3, .bidirectional = true}, "third");
  return b.finish(b.linear(x, {.out = 4}, "head"), seed);
}

at::Tensor samples(const graph::Network& network, std::int64_t n) {
  const auto& shape = network.input_shape();
  auto x = at::empty({n, shape[0], shape[1], shape[2]});
  for (std::int64_t i = 0; i < n; ++i) {
    const auto values = naive::random_input(network, static_cast<std::uint64_t>(i) + 1);
    std::copy(values.begin(), values.end(), x.mutable_data_ptr<float>() + i * static_cast<std::int64_t>(values.size()));
  }
  return x;
}

}  // namespace

TEST_CASE("recurrent layers give what their plain meaning says, in every layout") {
  for (const auto& [input, time] : std::vector<std::pair<graph::Shape, std::string>>{{{1, 9, 4}, "auto"},
                                                                                     {{6, 1, 11}, "auto"},
                                                                                     {{2, 5, 7}, "width"},
                                                                                     {{2, 5, 7}, "height"},
                                                                                     {{2, 1, 1}, "auto"}}) {
    const auto network = stacked(input, time, 3);
    INFO(graph::text_of(input) << " " << time);
    const auto x = samples(network, 3);
    const auto logits = nn::forward(nn::bring_to_life(network, false), x, {}).logits.contiguous();
    for (std::int64_t i = 0; i < 3; ++i) {
      const auto expected = naive::execute(network, naive::random_input(network, static_cast<std::uint64_t>(i) + 1));
      const auto* row = logits.const_data_ptr<float>() + i * logits.size(1);
      CHECK(naive::difference(expected, naive::Values(row, row + logits.size(1))) < 1e-5);
    }
  }
}

TEST_CASE("gradients of recurrent layers are those of finite differences") {
  const auto network = stacked({2, 6, 3}, "auto", 5);
  auto live = nn::bring_to_life(network);
  for (auto& [name, parameter] : live.parameters) parameter = parameter.detach().to(at::kDouble).requires_grad_(true);
  const auto x = samples(network, 2).to(at::kDouble);
  nn::Request request;
  request.reference = true;
  const auto loss = [&] { return nn::forward(live, x, request).logits.square().sum(); };
  loss().backward();
  for (auto& [name, parameter] : live.parameters) {
    INFO(name);
    const auto gradient = parameter.grad();
    const auto count = parameter.numel();
    for (const std::int64_t i : {std::int64_t{0}, count / 3, count - 1}) {
      constexpr double step = 1e-5;
      auto flat = parameter.detach().view({-1});
      const double before = flat[i].item<double>();
      flat[i] = before + step;
      const double above = loss().item<double>();
      flat[i] = before - step;
      const double below = loss().item<double>();
      flat[i] = before;
      CHECK(gradient.view({-1})[i].item<double>() == Approx((above - below) / (2 * step)).margin(1e-6).epsilon(1e-4));
    }
  }
}

TEST_CASE("training steps of recurrent layers give the same bits each time") {
  const auto network = stacked({1, 12, 4}, "auto", 9);
  const auto gradients = [&] {
    auto live = nn::bring_to_life(network);
    nn::Request request;
    request.training = true;
    nn::forward(live, samples(network, 16), request).logits.square().sum().backward();
    std::map<std::string, at::Tensor> all;
    for (const auto& [name, parameter] : live.parameters) all[name] = parameter.grad();
    return all;
  };
  const auto first = gradients(), second = gradients();
  for (const auto& [name, gradient] : first) {
    INFO(name);
    CHECK(gradient.equal(second.at(name)));
    CHECK(gradient.abs().max().item<double>() > 0);
  }
}
