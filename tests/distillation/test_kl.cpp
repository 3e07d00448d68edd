#include <ATen/ATen.h>

#include <cmath>

#include "catch.h"
#include "compression/fake_model.h"
#include "compression/gradient.h"
#include "distillation/loss.h"

namespace espalier::distillation {
void enlist(schema::Registry& registry);
}

using namespace espalier;
using distillation::LogitLoss;

static std::shared_ptr<LogitLoss> loss(const std::string& yaml) {
  schema::Registry registry;
  distillation::enlist(registry);
  return testing::make<LogitLoss>(registry, "distillation_loss", yaml);
}

TEST_CASE("kl is T^2 times the divergence of the softened distributions, mean over the batch") {
  const auto student = at::tensor({0.0, 0.0}, at::kDouble).reshape({1, 2}),
             teacher = at::tensor({3.0, 0.0}, at::kDouble).reshape({1, 2});
  const double p = 1 / (1 + std::exp(-1.0));  // softmax of [3, 0] / 3
  const double divergence = p * std::log(p / 0.5) + (1 - p) * std::log((1 - p) / 0.5);
  const auto kl = loss("{type: kl, temperature: 3}");
  CHECK(kl->value(student, teacher, {}).item<double>() == Approx(9 * divergence));
  CHECK(kl->value(student.repeat({5, 1}), teacher.repeat({5, 1}), {}).item<double>() == Approx(9 * divergence));
}

TEST_CASE("kl's gradient tends to that of matching centred logits as T grows (Hinton et al. 2015, section 2.1)") {
  const auto student = testing::fixed_values({4, 5}, 2), teacher = testing::fixed_values({4, 5}, 2, 1);
  const auto leaf = student.clone().requires_grad_();
  loss("{type: kl, temperature: 100}")->value(leaf, teacher, {}).backward();
  const auto difference = student - teacher;
  const auto expected = (difference - difference.mean(1, true)) / (4.0 * 5.0);
  CHECK((leaf.grad() - expected).abs().max().item<double>() < 0.03 * expected.abs().max().item<double>());
}

TEST_CASE("kl stays finite for logits far apart") {
  const auto student = at::tensor({1000.f, -1000.f}).reshape({1, 2}).requires_grad_();
  const auto value = loss("{type: kl, temperature: 0.5}")->value(student, -student.detach(), {});
  value.backward();
  CHECK(std::isfinite(value.item<float>()));
  CHECK(student.grad().isfinite().all().item<bool>());
}

TEST_CASE("a temperature out of range is refused") {
  CHECK_THROWS_AS(loss("{type: kl, temperature: 0}"), Error);
  CHECK_THROWS_AS(loss("{type: kl, temprature: 4}"), Error);
}
