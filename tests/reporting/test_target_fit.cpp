#include "reporting/target_fit.h"

#include "base/error.h"
#include "catch.h"

using namespace espalier;
using namespace espalier::reporting;

TEST_CASE("the fit on a target is written and read again, what is not known as null") {
  TargetFit fit{"STM32F746", "c", 40000, 1048576, 16000, 327680, 12.5, {}, true, true, false, false};
  const auto json = to_json(fit);
  CHECK(json.at("fits").boolean());
  CHECK(json.at("flash").at("bytes").integer() == 40000);
  CHECK(json.at("latency").at("milliseconds").number() == 12.5);
  CHECK_FALSE(json.at("latency").at("verified").boolean());
  CHECK(json.at("energy").at("millijoules").is_null());
  CHECK(to_json(target_fit_of(json)).dump() == json.dump());
  fit.ram_limit = 15999;
  CHECK_FALSE(fit.fits());
  CHECK_THROWS_AS(target_fit_of(Json::parse("{\"target\": 3}", "x")), Error);
}
