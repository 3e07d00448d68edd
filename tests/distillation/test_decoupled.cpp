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

namespace {
std::shared_ptr<LogitLoss> decoupled(const std::string& yaml) {
  schema::Registry registry;
  distillation::enlist(registry);
  return testing::make<LogitLoss>(registry, "distillation_loss", yaml);
}
at::Tensor truth() { return at::tensor({0, 3, 2, 2}, at::kLong); }
}  // namespace

TEST_CASE("weighted by the teacher's doubt, the two parts add up to Hinton's divergence (eq. 5)") {
  // One sample: KL = target part + (1 - teacher's probability of the true class) * others' part.
  const auto student = testing::fixed_values({1, 5}, 2), teacher = testing::fixed_values({1, 5}, 2, 1);
  const auto label = at::tensor({1}, at::kLong);
  const double doubt = 1 - at::softmax(teacher / 2, 1)[0][1].item<double>();
  const auto whole = decoupled("{type: kl, temperature: 2}")->value(student, teacher, label).item<double>();
  const auto target = decoupled("{type: decoupled, temperature: 2, target_weight: 1, other_weight: 0}")
                          ->value(student, teacher, label)
                          .item<double>();
  const auto others = decoupled("{type: decoupled, temperature: 2, target_weight: 0, other_weight: 1}")
                          ->value(student, teacher, label)
                          .item<double>();
  CHECK(target + doubt * others == Approx(whole));
}

TEST_CASE("decoupled vanishes where student and teacher agree, and its gradient agrees with finite differences") {
  const auto student = testing::fixed_values({4, 5}, 2).to(at::kDouble),
             teacher = testing::fixed_values({4, 5}, 2, 1).to(at::kDouble);
  const auto loss = decoupled("decoupled");
  CHECK(loss->value(teacher, teacher, truth()).item<double>() == Approx(0).margin(1e-12));
  auto leaf = student.clone().requires_grad_();
  loss->value(leaf, teacher, truth()).backward();
  for (std::int64_t i = 0; i < student.numel(); ++i) {
    auto up = student.clone(), down = student.clone();
    up.view(-1)[i] += 1e-5;
    down.view(-1)[i] -= 1e-5;
    const double numeric =
        (loss->value(up, teacher, truth()) - loss->value(down, teacher, truth())).item<double>() / 2e-5;
    CHECK(leaf.grad().view(-1)[i].item<double>() == Approx(numeric).margin(1e-6));
  }
}

TEST_CASE("decoupled stays finite for a teacher that is certain") {
  const auto student = at::tensor({300.f, -300.f, 0.f}).reshape({1, 3}).requires_grad_();
  const auto value =
      decoupled("{type: decoupled, temperature: 1}")->value(student, -student.detach(), at::tensor({0}, at::kLong));
  value.backward();
  CHECK(std::isfinite(value.item<float>()));
  CHECK(student.grad().isfinite().all().item<bool>());
}
