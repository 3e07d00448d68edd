#include <ATen/ATen.h>

#include "catch.h"
#include "compression/fake_model.h"
#include "pruning/criterion.h"

namespace espalier::pruning {
void enlist(schema::Registry& registry);
}

using namespace espalier;

TEST_CASE("l1 scores |w|, and a slice by its mean") {
  schema::Registry registry;
  pruning::enlist(registry);
  const auto l1 = testing::make<pruning::Criterion>(registry, "criterion", "l1");
  const auto rows = at::tensor({-1.0, 3.0, 0.0, -0.5}).reshape({2, 2});
  CHECK(l1->elements(rows, "w").equal(rows.abs()));
  CHECK(at::allclose(l1->slices(rows, "w"), at::tensor({2.0, 0.25})));
}
