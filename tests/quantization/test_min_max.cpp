#include "catch.h"
#include "compression/fake_model.h"
#include "quantization/observer.h"

namespace espalier::quantization {
void enlist(schema::Registry& registry);
}

using namespace espalier;
using quantization::Range;

TEST_CASE("min_max keeps the extremes of all batches") {
  schema::Registry registry;
  quantization::enlist(registry);
  const auto observer = testing::make<quantization::Observer>(registry, "observer", "min_max");
  auto held = observer->update(quantization::nothing_seen(), {-1, 2});
  CHECK((held.low == -1 && held.high == 2));
  held = observer->update(held, {-0.5, 3});
  CHECK((held.low == -1 && held.high == 3));
  const auto calibrated = observer->calibrated({{0, 1}, {-4, 0.5}, {1, 7}});
  CHECK((calibrated.low == -4 && calibrated.high == 7));
}
