#include <ATen/ATen.h>

#include "catch.h"
#include "compression/fake_model.h"
#include "pruning/criterion.h"

namespace espalier::pruning {
void enlist(schema::Registry& registry);
}

using namespace espalier;

TEST_CASE("random scores depend on seed, name and position only") {
  schema::Registry registry;
  pruning::enlist(registry);
  const auto one = testing::make<pruning::Criterion>(registry, "criterion", "random");
  const auto same = testing::make<pruning::Criterion>(registry, "criterion", "{type: random, seed: 1}");
  const auto other = testing::make<pruning::Criterion>(registry, "criterion", "{type: random, seed: 2}");
  const auto a = at::zeros({8, 5}), b = at::ones({8, 5});
  CHECK(one->elements(a, "w").equal(same->elements(b, "w")));
  CHECK(one->slices(a, "w").equal(same->slices(b, "w")));
  CHECK(!one->elements(a, "w").equal(other->elements(a, "w")));
  CHECK(!one->elements(a, "w").equal(one->elements(a, "v")));
}
