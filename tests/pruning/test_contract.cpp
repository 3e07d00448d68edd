// What every criterion of the registry promises (pruning/criterion.h), and every structure with every criterion.
#include <ATen/ATen.h>

#include "catch.h"
#include "compression/gradient.h"
#include "pruning/models.h"
#include "pruning/structure.h"

namespace espalier::pruning {
void enlist(schema::Registry& registry);
}

using namespace espalier;

static schema::Registry everything() {
  schema::Registry registry;
  pruning::enlist(registry);
  return registry;
}

TEST_CASE("every criterion: finite scores of the right shape, at least 0, the same when asked again") {
  const auto registry = everything();
  const auto rows = testing::fixed_values({6, 10}).to(at::kFloat);
  for (const auto& key : registry.keys("criterion")) {
    INFO(key);
    const auto criterion = testing::make<pruning::Criterion>(registry, "criterion", key);
    const auto elements = criterion->elements(rows, "w"), slices = criterion->slices(rows, "w");
    CHECK(elements.sizes() == rows.sizes());
    CHECK(slices.sizes().vec() == std::vector<std::int64_t>{6});
    CHECK((elements.isfinite().all().item<bool>() && elements.ge(0).all().item<bool>()));
    CHECK((slices.isfinite().all().item<bool>() && slices.ge(0).all().item<bool>()));
    CHECK(elements.equal(criterion->elements(rows, "w")));
    if (key == "random") continue;  // the control looks at positions, not at values
    CHECK(at::allclose(criterion->slices(rows.flip(0), "w"), slices.flip(0)));
    CHECK(criterion->slices(rows * 3, "w").gt(slices).all().item<bool>());
  }
}

TEST_CASE("every structure with every criterion it takes: the exact fraction, and less of it is a part of more") {
  const auto registry = everything();
  for (const auto& structure_key : registry.keys("structure"))
    for (const auto& key : registry.keys("criterion")) {
      INFO(structure_key << " by " << key);
      const auto structure = testing::make<pruning::Structure>(registry, "structure", structure_key);
      const auto criterion = testing::make<pruning::Criterion>(registry, "criterion", key);
      if (structure_key == "weights" && criterion->looks_at() != graph::Role::weight) continue;
      testing::FakeModel model(testing::network_of(testing::chain));
      structure->prune(model, *criterion, {.layers = {"middle"}},
                       {.sparsity = 0.25, .minimum_channels = 1, .multiple_of = 1});
      const auto less = model.masks.at("middle.weight").clone();
      CHECK(model.masked("middle.weight") == 0.25);
      structure->prune(model, *criterion, {.layers = {"middle"}},
                       {.sparsity = 0.75, .minimum_channels = 1, .multiple_of = 1});
      CHECK(model.masked("middle.weight") == 0.75);
      CHECK(!model.masks.at("middle.weight").logical_and(less.logical_not()).any().item<bool>());
    }
}

TEST_CASE("every component of pruning explains its options") {
  const auto registry = everything();
  for (const auto& entry : registry.entries()) {
    INFO(entry.kind << " " << entry.key);
    CHECK(!entry.fields.summary.empty());
    for (const auto& field : entry.fields.all) CHECK(!field.doc.empty());
  }
}
