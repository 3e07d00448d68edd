#include "base/json.h"

#include <cmath>

#include "base/error.h"
#include "base/json_part.h"
#include "catch.h"

using namespace espalier;

TEST_CASE("JSON round trip keeps order, types and numbers") {
  const std::string text = R"({"b":1,"a":[true,null,-2.5,"x\n\u00e9"],"c":{"big":9007199254740993}})";
  const auto json = Json::parse(text, "x.json");
  CHECK(json.entries()[0].first == "b");
  CHECK(json.at("a").items()[0].boolean());
  CHECK(json.at("a").items()[1].is_null());
  CHECK(json.at("a").items()[2].number() == -2.5);
  CHECK(json.at("c").at("big").integer() == 9007199254740993);
  CHECK(Json::parse(json.dump(), "y").dump() == json.dump());
  CHECK(Json::parse(json.dump(2), "y").dump() == json.dump());
}

TEST_CASE("JSON is built in place") {
  Json json;
  json["a"]["b"] = 3;
  json["list"].push(1);
  json["list"].push("x");
  CHECK(json.at("list").items().size() == 2);
  CHECK(json.at("a").at("b").integer() == 3);
}

TEST_CASE("what is not finite is written as null, a double keeps its digits") {
  Json json = Json::map();
  json.set("nan", std::nan("")).set("inf", INFINITY).set("third", 1.0 / 3);
  CHECK(json.dump() == R"({"nan":null,"inf":null,"third":0.3333333333333333})");
}

TEST_CASE("a large double is written as the number that it is") {
  for (const double value : {1e300, -1e300, 9.3e18, 1e19})
    CHECK(Json::parse(Json(value).dump(), "x").number() == value);
}

TEST_CASE("damaged JSON is refused with its origin; so is nesting without end") {
  try {
    Json::parse("{\"a\": ", "some.json");
    FAIL("accepted");
  } catch (const Error& e) {
    CHECK(e.code() == Exit::mistake);
    CHECK(e.problems()[0].origin == "some.json");
  }
  CHECK_THROWS_AS(Json::parse(std::string(1 << 20, '['), "x"), Error);
  CHECK_THROWS_AS(Json::parse("{\"a\":1} x", "x"), Error);
  CHECK_NOTHROW(Json::parse(std::string(200, '[') + std::string(200, ']'), "x"));
}

TEST_CASE("another type than expected is an error, a missing key is null") {
  const auto json = Json::parse("{\"a\": \"text\", \"h\": 1.5}", "x");
  CHECK_THROWS_AS(json.at("a").number(), Error);
  CHECK_THROWS_AS(json.at("h").integer(), Error);
  CHECK_THROWS_AS(json.at("a").items(), Error);
  CHECK(json.at("zebra").is_null());
  CHECK_FALSE(json.has("zebra"));
}

TEST_CASE("text that is no UTF-8 is written replaced, not thrown over") {
  CHECK_NOTHROW(Json(std::string("a\xff")).dump());
}

TEST_CASE("parts of JSON that are not wanted are read past, whatever their depth") {
  const std::string text = R"({"a": 1, "skip": [1, {"b": 2}], "c": [{"skip": {"a": 0}, "d": 3}, "skip"]})";
  CHECK(parse_json_without(text, "x.json", {"skip"}).dump() == R"({"a":1,"c":[{"d":3},"skip"]})");
  CHECK(parse_json_without(text, "x.json", {}).dump() == Json::parse(text, "x.json").dump());
  CHECK_THROWS_AS(parse_json_without(text.substr(0, 30), "x.json", {"skip"}), Error);
}

TEST_CASE("what is no JSON is told with its place, without the library's names") {
  try {
    Json::parse("{\"a\": }", "x.json");
    FAIL("parsed");
  } catch (const Error& e) {
    const auto& text = e.problems()[0].text;
    CHECK(text.find("is not valid JSON: parse error at line 1, column 7") == 0);
    CHECK(text.find("exception") == std::string::npos);
  }
  try {
    Json::parse("[\"" + std::string(100'000, 'x') + "\\q\"]", "x.json");
    FAIL("parsed");
  } catch (const Error& e) {
    CHECK(e.problems()[0].text.size() < 250);
    CHECK(e.problems()[0].text.find("…xxx") != std::string::npos);
  }
}
