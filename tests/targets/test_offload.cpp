#include "targets/offload.h"

#include "catch.h"

using namespace espalier::targets;

TEST_CASE("sending an input takes its bytes' time and energy and a round trip") {
  Device device;
  CHECK_FALSE(offload_of(device, 490).has_value());
  device.radio = Radio{"radio", {100e-9, "test", true}, {50000, "test", true}, Figure{0.02, "test", false}};
  const auto sent = offload_of(device, 490);
  REQUIRE(sent);
  CHECK(sent->seconds == Approx(490.0 / 50000 + 0.02));
  CHECK(sent->joules == Approx(49e-6));
  CHECK_FALSE(sent->verified);
  device.radio->round_trip.reset();
  CHECK(offload_of(device, 490)->verified);
}
