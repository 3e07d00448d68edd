#include <ATen/ATen.h>

#include "catch.h"
#include "compression/fake_model.h"
#include "compression/gradient.h"
#include "distillation/loss.h"

namespace espalier::distillation {
void enlist(schema::Registry& registry);
}

using namespace espalier;

static std::shared_ptr<distillation::HintLoss> loss() {
  schema::Registry registry;
  distillation::enlist(registry);
  return testing::make<distillation::HintLoss>(registry, "hint_loss", "attention_transfer");
}

TEST_CASE("attention transfer compares where, not how much or in which channel") {
  const auto map = testing::fixed_values({2, 4, 3, 3});
  CHECK(loss()->value(map * 5, map).item<double>() == Approx(0).margin(1e-12));
  CHECK(loss()->value(map.flip(1), map).item<double>() == Approx(0).margin(1e-12));
  CHECK(loss()->value(map.repeat({1, 3, 1, 1}), map).item<double>() == Approx(0).margin(1e-12));
  auto left = at::zeros({1, 1, 1, 2}, at::kDouble), right = left.clone();
  left[0][0][0][0] = 3;
  right[0][0][0][1] = 1;
  CHECK(loss()->value(left, right).item<double>() == Approx(2));  // orthogonal maps of length 1
}

TEST_CASE("attention of a map of zeros has a finite gradient") {
  const auto zeros = at::zeros({1, 2, 2, 2}, at::kDouble).requires_grad_();
  loss()->value(zeros, testing::fixed_values({1, 2, 2, 2})).backward();
  CHECK(zeros.grad().isfinite().all().item<bool>());
}
