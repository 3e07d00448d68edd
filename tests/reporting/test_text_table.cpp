#include "reporting/text_table.h"

#include "base/error.h"
#include "catch.h"

using namespace espalier::reporting;
using Align = TextTable::Align;

TEST_CASE("words left, numbers right, no trailing spaces") {
  TextTable table({{"layer"}, {"MACs", Align::right}, {"note"}}, 2);
  table.row({"conv", "1,234", "first"});
  table.row({"fc", "5"});
  CHECK(table.text() ==
        "  layer   MACs  note\n"
        "  conv   1,234  first\n"
        "  fc         5\n");
}

TEST_CASE("the last column is wrapped to the page") {
  TextTable table({{""}, {""}});
  table.row({"temperature", "softens both distributions before they are compared"});
  CHECK(table.text(40) ==
        "temperature  softens both distributions\n"
        "             before they are compared\n");
}

TEST_CASE("UTF-8 counts cells, not bytes") {
  CHECK(display_width("K\xc3\xb6ln") == 4);
  TextTable table({{""}, {"", Align::right}});
  table.row({"K\xc3\xb6ln", "1"});
  table.row({"Rome", "2"});
  CHECK(table.text() == "K\xc3\xb6ln  1\nRome  2\n");
}

TEST_CASE("words that are too long stay whole; too many cells are refused") {
  CHECK(wrapped("a incomprehensibility b", 6) == std::vector<std::string>{"a", "incomprehensibility", "b"});
  CHECK(wrapped("", 6) == std::vector<std::string>{""});
  TextTable table({{"one"}});
  CHECK_THROWS_AS(table.row({"1", "2"}), espalier::Error);
  CHECK(TextTable({{"only a head"}}).text() == "only a head\n");
}
