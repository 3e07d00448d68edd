#include <ATen/ATen.h>

#include "catch.h"
#include "compression/fake_model.h"
#include "compression/gradient.h"
#include "distillation/loss.h"

namespace espalier::distillation {
void enlist(schema::Registry& registry);
}

using namespace espalier;
using distillation::LogitLoss;

TEST_CASE("soft_cross_entropy is kl plus the teacher's entropy, with kl's gradient") {
  schema::Registry registry;
  distillation::enlist(registry);
  const auto soft =
      testing::make<LogitLoss>(registry, "distillation_loss", "{type: soft_cross_entropy, temperature: 2}");
  const auto kl = testing::make<LogitLoss>(registry, "distillation_loss", "{type: kl, temperature: 2}");
  const auto student = testing::fixed_values({3, 4}, 2), teacher = testing::fixed_values({3, 4}, 2, 1);
  const auto p = at::softmax(teacher / 2, 1);
  const double entropy = -(p * p.log()).sum().item<double>() / 3;
  CHECK(soft->value(student, teacher, {}).item<double>() ==
        Approx(kl->value(student, teacher, {}).item<double>() + 4 * entropy));
  const auto a = student.clone().requires_grad_(), b = student.clone().requires_grad_();
  soft->value(a, teacher, {}).backward();
  kl->value(b, teacher, {}).backward();
  CHECK(at::allclose(a.grad(), b.grad(), 1e-9, 1e-12));
}

TEST_CASE("soft_cross_entropy with a certain teacher is the cross-entropy of its label") {
  schema::Registry registry;
  distillation::enlist(registry);
  const auto soft = testing::make<LogitLoss>(registry, "distillation_loss", "soft_cross_entropy");
  const auto student = testing::fixed_values({2, 3}), labels = at::tensor({2, 0}, at::kLong);
  const auto teacher = at::one_hot(labels, 3).to(at::kDouble) * 1000;
  CHECK(soft->value(student, teacher, labels).item<double>() ==
        Approx(at::cross_entropy_loss(student, labels).item<double>()));
}
