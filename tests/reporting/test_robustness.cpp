#include "reporting/robustness.h"

#include "base/error.h"
#include "catch.h"

using namespace espalier;
using namespace espalier::reporting;

TEST_CASE("robustness is written, read again and shown, a row a level") {
  const Robustness robustness{500, {{"none", "", 0.875, 0.87}, {"noise", "20 dB", 0.5, {}}}};
  const auto json = to_json(robustness);
  CHECK(json.at("samples").integer() == 500);
  CHECK(json.at("rows").items().at(0).at("integer").number() == 0.87);
  CHECK(json.at("rows").items().at(1).at("float").number() == 0.5);
  CHECK(json.at("rows").items().at(1).at("integer").is_null());
  CHECK(to_json(robustness_of(json)).dump() == json.dump());
  CHECK(table(robustness, "accuracy") ==
        "  Robustness: accuracy on 500 test samples\n"
        "                          float        integer\n"
        "    as they are         87.50 %        87.00 %\n"
        "    noise        20 dB  50.00 %  not quantized\n");
  CHECK_THROWS_AS(robustness_of(Json::parse("{\"samples\": \"many\"}", "x")), Error);
}
