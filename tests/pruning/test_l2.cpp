#include <ATen/ATen.h>

#include "catch.h"
#include "compression/fake_model.h"
#include "pruning/criterion.h"

namespace espalier::pruning {
void enlist(schema::Registry& registry);
}

using namespace espalier;

TEST_CASE("l2 scores w^2, and a slice by its root mean square") {
  schema::Registry registry;
  pruning::enlist(registry);
  const auto l2 = testing::make<pruning::Criterion>(registry, "criterion", "l2");
  const auto rows = at::tensor({-3.0, 4.0, 2.0, 2.0}).reshape({2, 2});
  CHECK(at::allclose(l2->elements(rows, "w"), rows * rows));
  CHECK(at::allclose(l2->slices(rows, "w"), at::tensor({std::sqrt(12.5), 2.0})));
}
