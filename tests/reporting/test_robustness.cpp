#include "reporting/robustness.h"

#include "base/error.h"
#include "catch.h"

using namespace espalier;
using namespace espalier::reporting;

TEST_CASE("robustness is written, read again and shown, a row a level") {
  const Robustness robustness{500, 0, "ort_f32_even", {{"none", "", 0.875, 0.87}, {"noise", "20 dB", 0.5, {}}}};
  const auto json = to_json(robustness);
  CHECK(json.at("samples").integer() == 500);
  CHECK(json.at("arithmetic").text() == "ort_f32_even");
  CHECK(json.at("rows").items().at(0).at("integer").number() == 0.87);
  CHECK(json.at("rows").items().at(1).at("float").number() == 0.5);
  CHECK(json.at("rows").items().at(1).at("integer").is_null());
  CHECK(to_json(robustness_of(json)).dump() == json.dump());
  CHECK(table(robustness, "accuracy") ==
        "  Robustness: accuracy on 500 test samples, integer by ort_f32_even\n"
        "                          float        integer\n"
        "    as they are         87.50 %        87.00 %\n"
        "    noise        20 dB  50.00 %  not quantized\n");
  CHECK_THROWS_AS(robustness_of(Json::parse("{\"samples\": \"many\"}", "x")), Error);
}

TEST_CASE("what a score was taken over is named: samples, or recordings of several windows") {
  CHECK(counted_text("test ", 1500, 0) == "1,500 test samples");
  CHECK(counted_text("", 1024, 32) == "32 recordings (1,024 windows)");
  const Robustness robustness{1024, 32, "", {{"none", "", 0.875, {}}}};
  CHECK(to_json(robustness).at("recordings").integer() == 32);
  CHECK(robustness_of(to_json(robustness)).recordings == 32);
  CHECK(table(robustness, "AUC").find("Robustness: AUC on 32 test recordings (1,024 windows)\n") != std::string::npos);
}
