// What every observer of the registry promises, together with the encodings made from it.
#include <ATen/ATen.h>

#include "base/random.h"
#include "catch.h"
#include "compression/fake_model.h"
#include "quantization/affine.h"
#include "quantization/observer.h"

namespace espalier::quantization {
void enlist(schema::Registry& registry);
}

using namespace espalier;

static schema::Registry everything() {
  schema::Registry registry;
  quantization::enlist(registry);
  return registry;
}

TEST_CASE("every observer: estimates lie within what was seen, and encode to a grid that holds zero") {
  const auto registry = everything();
  REQUIRE(!registry.keys("observer").empty());
  for (const auto& key : registry.keys("observer")) {
    INFO(key);
    const auto observer = testing::make<quantization::Observer>(registry, "observer", key);
    Random random(7, "observer." + key);
    for (int trial = 0; trial < 50; ++trial) {
      auto held = quantization::nothing_seen(), all = held;
      std::vector<quantization::Range> batches;
      for (int i = 0; i < 20; ++i) {
        const double centre = 4 * random.normal(), width = 1e-3 + 3 * random.uniform();
        batches.push_back({centre - width, centre + width});
        held = observer->update(held, batches.back());
        all = quantization::unite(all, batches.back());
      }
      for (const auto& range : {held, observer->calibrated(batches)}) {
        CHECK((range.low < range.high && range.low >= all.low && range.high <= all.high));
        const auto encoding = quantization::activation_encoding(range, false, key);
        CHECK(encoding.scale.item<double>() > 0);
        const auto zero = encoding.zero_point.item<int>();
        CHECK((zero >= encoding.low && zero <= encoding.high));
      }
    }
  }
}

TEST_CASE("every component of quantization explains its options") {
  const auto registry = everything();
  for (const auto& entry : registry.entries()) {
    INFO(entry.kind << " " << entry.key);
    CHECK(!entry.fields.summary.empty());
    for (const auto& field : entry.fields.all) CHECK(!field.doc.empty());
  }
}
