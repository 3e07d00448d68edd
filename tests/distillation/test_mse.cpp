#include <ATen/ATen.h>

#include "catch.h"
#include "compression/fake_model.h"
#include "distillation/loss.h"

namespace espalier::distillation {
void enlist(schema::Registry& registry);
}

using namespace espalier;

TEST_CASE("the hint loss mse is the mean square over all elements") {
  schema::Registry registry;
  distillation::enlist(registry);
  const auto loss = testing::make<distillation::HintLoss>(registry, "hint_loss", "mse");
  const auto zeros = at::zeros({2, 3, 1, 2}, at::kDouble);
  auto one = zeros.clone();
  one[1][2][0][1] = 6;
  CHECK(loss->value(one, zeros).item<double>() == Approx(36.0 / 12));
}
