#include "datasets/csv.h"

#include "base/error.h"
#include "catch.h"

using namespace espalier;
using namespace espalier::datasets;

TEST_CASE("csv: RFC 4180 quoting, line ends and line numbers") {
  const auto rows = parse_csv("\xEF\xBB\xBFpath,label\r\n\"a, \"\"b\"\"\nc\",yes\r\n\nd,\n", "m.csv");
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].fields == std::vector<std::string>{"path", "label"});
  CHECK(rows[1].fields == std::vector<std::string>{"a, \"b\"\nc", "yes"});
  CHECK(rows[1].line == 2);
  CHECK(rows[2].fields == std::vector<std::string>{"d", ""});
  CHECK(rows[2].line == 5);
  CHECK(parse_csv("", "m.csv").empty());
  CHECK(parse_csv("a,b", "m.csv").size() == 1);
}

TEST_CASE("csv: damaged rows are refused with their line") {
  const auto origin_of = [](const char* text) {
    try {
      parse_csv(text, "m.csv");
    } catch (const Error& error) {
      CHECK(error.code() == Exit::mistake);
      return error.problems()[0].origin;
    }
    return std::string("accepted");
  };
  CHECK(origin_of("a,b\n1,2\n1,2,3\n") == "m.csv:3");
  CHECK(origin_of("a,b\n\"1,2\n") == "m.csv:2");
  CHECK(origin_of("a,b\n1\"x\",2\n") == "m.csv:2");
  CHECK(origin_of("a,b\n\"1\"x,2\n") == "m.csv:2");
}
