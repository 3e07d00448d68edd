// What every loss of the registry promises (distillation/loss.h).
#include <ATen/ATen.h>

#include "catch.h"
#include "compression/fake_model.h"
#include "compression/gradient.h"
#include "distillation/loss.h"

namespace espalier::distillation {
void enlist(schema::Registry& registry);
}

using namespace espalier;
using distillation::HintLoss, distillation::LogitLoss;

static schema::Registry everything() {
  schema::Registry registry;
  distillation::enlist(registry);
  return registry;
}

TEST_CASE("every distillation loss: scalar, mean over the batch, right gradient, least at the teacher") {
  const auto registry = everything();
  const auto student = testing::fixed_values({6, 5}, 3), teacher = testing::fixed_values({6, 5}, 3, 1);
  const auto labels = at::tensor({0, 1, 2, 3, 4, 0}, at::kLong);
  REQUIRE(!registry.keys("distillation_loss").empty());
  for (const auto& key : registry.keys("distillation_loss")) {
    INFO(key);
    const auto loss = testing::make<LogitLoss>(registry, "distillation_loss", key);
    const auto value = [&](const at::Tensor& s) { return loss->value(s, teacher, labels); };
    CHECK(value(student).dim() == 0);
    CHECK(testing::gradient_error(value, student) < 1e-6);
    const auto twice = loss->value(at::cat({student, student}), at::cat({teacher, teacher}), at::cat({labels, labels}));
    CHECK(twice.item<double>() == Approx(value(student).item<double>()));
    if (loss->vanishes_at_teacher()) {
      CHECK(loss->value(teacher, teacher, labels).item<double>() == Approx(0).margin(1e-12));
      CHECK(value(student).item<double>() > 0);
    }
    const auto single = student.to(at::kFloat).requires_grad_();
    loss->value(single, teacher.to(at::kFloat), labels).backward();
    CHECK(single.grad().isfinite().all().item<bool>());
  }
}

TEST_CASE("every hint loss: scalar, mean over the batch, right gradient, 0 at the teacher") {
  const auto registry = everything();
  const auto student = testing::fixed_values({3, 4, 3, 2}, 2), teacher = testing::fixed_values({3, 4, 3, 2}, 2, 1);
  for (const auto& key : registry.keys("hint_loss")) {
    INFO(key);
    const auto loss = testing::make<HintLoss>(registry, "hint_loss", key);
    const auto value = [&](const at::Tensor& s) { return loss->value(s, teacher); };
    CHECK(value(student).dim() == 0);
    CHECK(testing::gradient_error(value, student) < 1e-5);
    CHECK(loss->value(at::cat({student, student}), at::cat({teacher, teacher})).item<double>() ==
          Approx(value(student).item<double>()));
    CHECK(loss->value(teacher, teacher).item<double>() == Approx(0).margin(1e-12));
    if (!loss->compares_channels()) CHECK(loss->value(student.narrow(1, 0, 2), teacher).dim() == 0);
  }
}

TEST_CASE("every component of distillation explains its options") {
  const auto registry = everything();
  for (const auto& entry : registry.entries()) {
    INFO(entry.kind << " " << entry.key);
    CHECK(!entry.fields.summary.empty());
    for (const auto& field : entry.fields.all) CHECK(!field.doc.empty());
  }
}
