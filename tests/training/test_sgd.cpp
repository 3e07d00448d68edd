#include <ATen/ATen.h>

#include "catch.h"
#include "training/made.h"

using namespace espalier;

namespace {
double after(const std::string& yaml, int updates, double decay) {
  const auto optimizer = training::made<training::Optimizer>("optimizer", yaml);
  auto w = at::tensor({1.0f}), velocity = at::zeros({1}), steps = at::zeros({});
  for (int t = 0; t < updates; ++t) {
    std::vector<training::UpdateItem> items = {{w, at::tensor({0.5f}), {velocity}, steps}};
    optimizer->update(items, optimizer->learning_rate(), decay);
  }
  return w.item<double>();
}
}  // namespace

TEST_CASE("sgd: plain, with momentum, with Nesterov's look ahead") {
  CHECK(after("{type: sgd, lr: 0.1, momentum: 0}", 3, 0) == Approx(1 - 3 * 0.05));
  // velocities 0.5, 0.95, 1.355
  CHECK(after("{type: sgd, lr: 0.1, momentum: 0.9}", 3, 0) == Approx(1 - 0.1 * (0.5 + 0.95 + 1.355)));
  CHECK(after("{type: sgd, lr: 0.1, momentum: 0.9, nesterov: true}", 1, 0) == Approx(1 - 0.1 * (0.5 + 0.9 * 0.5)));
}

TEST_CASE("sgd decays through the gradient") {
  CHECK(after("{type: sgd, lr: 0.1, momentum: 0}", 1, 0.2) == Approx(1 - 0.1 * (0.5 + 0.2)));
}

TEST_CASE("sgd refuses Nesterov without momentum") {
  CHECK_THROWS_AS(training::made<training::Optimizer>("optimizer", "{type: sgd, momentum: 0, nesterov: true}"), Error);
}
