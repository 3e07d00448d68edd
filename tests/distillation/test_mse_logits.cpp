#include <ATen/ATen.h>

#include "catch.h"
#include "compression/fake_model.h"
#include "distillation/loss.h"

namespace espalier::distillation {
void enlist(schema::Registry& registry);
}

using namespace espalier;

static double value(const std::string& yaml, const at::Tensor& student, const at::Tensor& teacher) {
  schema::Registry registry;
  distillation::enlist(registry);
  return testing::make<distillation::LogitLoss>(registry, "distillation_loss", yaml)
      ->value(student, teacher, {})
      .item<double>();
}

TEST_CASE("mse_logits is the mean square over batch and classes") {
  const auto student = at::tensor({1.0, 2.0, 0.0, 0.0}, at::kDouble).reshape({2, 2}),
             teacher = at::tensor({0.0, 0.0, 0.0, 2.0}, at::kDouble).reshape({2, 2});
  CHECK(value("mse_logits", student, teacher) == Approx((1 + 4 + 0 + 4) / 4.0));
}

TEST_CASE("a centred distance ignores a constant added to a sample's logits") {
  const auto student = at::tensor({1.0, 2.0, 6.0}, at::kDouble).reshape({1, 3});
  CHECK(value("{type: mse_logits, centre: true}", student, student + 7) == Approx(0).margin(1e-12));
  CHECK(value("{type: mse_logits, centre: false}", student, student + 7) == Approx(49));
}
