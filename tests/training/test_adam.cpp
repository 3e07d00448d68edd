#include <ATen/ATen.h>

#include "catch.h"
#include "training/made.h"

using namespace espalier;

namespace {
struct Course {
  at::Tensor parameter = at::tensor({1.0f, -2.0f, 0.5f}), mean = at::zeros({3}), square = at::zeros({3}),
             steps = at::zeros({});
};

/// Kingma & Ba 2015, algorithm 1, in double; `decoupled` as Loshchilov & Hutter 2019, algorithm 2.
at::Tensor expected(int updates, double lr, double decay, bool decoupled) {
  auto w = at::tensor({1.0, -2.0, 0.5}, at::kDouble), m = at::zeros({3}, at::kDouble), v = at::zeros({3}, at::kDouble);
  for (int t = 1; t <= updates; ++t) {
    auto g = at::tensor({0.1, -0.3, 0.2}, at::kDouble) * t;
    if (decoupled)
      w = w * (1 - lr * decay);
    else
      g = g + decay * w;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    w = w - lr * (m / (1 - std::pow(0.9, t))) / ((v / (1 - std::pow(0.999, t))).sqrt() + 1e-8);
  }
  return w;
}

at::Tensor after(const std::string& yaml, int updates, double decay) {
  const auto optimizer = training::made<training::Optimizer>("optimizer", yaml);
  Course c;
  for (int t = 1; t <= updates; ++t) {
    std::vector<training::UpdateItem> items = {
        {c.parameter, at::tensor({0.1f, -0.3f, 0.2f}) * t, {c.mean, c.square}, c.steps}};
    optimizer->update(items, optimizer->learning_rate(), decay);
  }
  CHECK(c.steps.item<float>() == updates);
  return c.parameter.to(at::kDouble);
}
}  // namespace

TEST_CASE("adam follows the paper's algorithm") {
  CHECK(at::allclose(after("{type: adam, lr: 0.01}", 5, 0), expected(5, 0.01, 0, false), 1e-5, 1e-6));
  CHECK(at::allclose(after("{type: adam, lr: 0.01}", 5, 0.1), expected(5, 0.01, 0.1, false), 1e-5, 1e-6));
}

TEST_CASE("adamw decays the weights beside the gradient") {
  CHECK(at::allclose(after("{type: adamw, lr: 0.01}", 5, 0.1), expected(5, 0.01, 0.1, true), 1e-5, 1e-6));
}

TEST_CASE("adam refuses a learning rate that is not a number") {
  CHECK_THROWS_AS(training::made<training::Optimizer>("optimizer", "{type: adam, lr: .nan}"), Error);
  CHECK_THROWS_AS(training::made<training::Optimizer>("optimizer", "{type: adam, learning_rate: 1}"), Error);
}
