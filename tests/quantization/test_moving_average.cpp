#include "catch.h"
#include "compression/fake_model.h"
#include "quantization/observer.h"

namespace espalier::quantization {
void enlist(schema::Registry& registry);
}

using namespace espalier;
using quantization::Range;

static std::shared_ptr<quantization::Observer> observer(const std::string& yaml) {
  schema::Registry registry;
  quantization::enlist(registry);
  return testing::make<quantization::Observer>(registry, "observer", yaml);
}

TEST_CASE("moving_average starts at the first batch and moves by its momentum") {
  const auto average = observer("{type: moving_average, momentum: 0.25}");
  auto held = average->update(quantization::nothing_seen(), {-1, 2});
  CHECK((held.low == -1 && held.high == 2));
  held = average->update(held, {-2, 6});
  CHECK(held.low == Approx(-1.25));
  CHECK(held.high == Approx(3));
}

TEST_CASE("moving_average tends to a steady batch, and calibrates to the mean") {
  const auto average = observer("{type: moving_average, momentum: 0.05}");
  Range held{0, 100};
  for (int i = 0; i < 400; ++i) held = average->update(held, {-1, 5});
  CHECK(held.low == Approx(-1).epsilon(1e-6));
  CHECK(held.high == Approx(5).epsilon(1e-6));
  const auto calibrated = average->calibrated({{-1, 1}, {-3, 2}});
  CHECK((calibrated.low == -2 && calibrated.high == 1.5));
  CHECK_THROWS_AS(observer("{type: moving_average, momentum: 0}"), Error);
}
