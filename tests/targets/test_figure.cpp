#include "targets/figure.h"

#include "catch.h"
#include "schema/document.h"

using namespace espalier;
using namespace espalier::targets;

namespace {

Figure read(const std::string& yaml, const Unit& unit, std::vector<Problem>& problems) {
  return read_figure(schema::parse(yaml, "figure.yaml"), unit, "clock", problems);
}

}  // namespace

TEST_CASE("quantities are numbers with a prefix and their unit") {
  double value = 0;
  CHECK(read_quantity("216 MHz", "Hz", value).empty());
  CHECK(value == 216e6);
  CHECK(read_quantity("1 MiB", "B", value).empty());
  CHECK(value == 1048576);
  CHECK(read_quantity("0.398 nJ", "J", value).empty());
  CHECK(value == Approx(0.398e-9));
  CHECK(read_quantity("278 nJ/B", "J/B", value).empty());
  CHECK(read_quantity("3.35", "", value).empty());
  for (const char* wrong : {"216", "MHz", "216 MB", "fast", "", "216 MHz or so", "nan Hz", "inf Hz", "1e999 Hz"}) {
    INFO(wrong);
    CHECK_FALSE(read_quantity(wrong, "Hz", value).empty());
  }
  CHECK_FALSE(read_quantity("3 MHz", "", value).empty());
}

TEST_CASE("a figure says where it is from") {
  std::vector<Problem> problems;
  const auto figure = read("{ value: 64 MHz, source: a data sheet, verified: true }", "Hz", problems);
  CHECK(problems.empty());
  CHECK(figure.value == 64e6);
  CHECK(figure.source == "a data sheet");
  CHECK(figure.verified);
  CHECK_FALSE(read("{ value: 64 MHz, source: a data sheet }", "Hz", problems).verified);
  CHECK(problems.empty());
}

TEST_CASE("a figure without source, in another unit or not above zero is refused at its place") {
  const auto problem_of = [](const std::string& yaml) {
    std::vector<Problem> problems;
    read(yaml, "Hz", problems);
    REQUIRE(problems.size() == 1);
    return problems[0].origin + " " + problems[0].text;
  };
  CHECK(problem_of("{ value: 64 MHz }").find("source") != std::string::npos);
  CHECK(problem_of("{ value: 64 MHz, source: '' }").find("source") != std::string::npos);
  CHECK(problem_of("{ value: 64 MB, source: x }").find("figure.yaml:1:") == 0);
  CHECK(problem_of("{ value: 64 MB, source: x }").find("10 Hz") != std::string::npos);
  CHECK(problem_of("{ value: 0 MHz, source: x }").find("above zero") != std::string::npos);
  CHECK(problem_of("{ value: -1 MHz, source: x }").find("above zero") != std::string::npos);
  CHECK(problem_of("{ value: 1 MHz, source: x, verifeid: true }").find("verified") != std::string::npos);
  CHECK(problem_of("64 MHz").find("map") != std::string::npos);
}

TEST_CASE("quantities are told with three digits and a prefix") {
  CHECK(quantity_text(216e6, "Hz") == "216 MHz");
  CHECK(quantity_text(0.0123456, "s") == "12.3 ms");
  CHECK(quantity_text(0.000999, "s") == "999 us");
  CHECK(quantity_text(0.9996, "s") == "1.00 s");
  CHECK(quantity_text(4.6e-3, "J") == "4.60 mJ");
  CHECK(quantity_text(0, "J") == "0 J");
}
