#include "datasets/key_range.h"

#include "catch.h"
#include "schema/document.h"

using namespace espalier;

namespace {

std::string refusal(const std::vector<double>& range, datasets::Limits limits = {}, const std::string& key = "speed") {
  std::vector<Problem> problems;
  datasets::check_range(schema::parse("views: 3\nspeed: [1, 2]\n", "recipe.yaml"), key, range, problems, limits);
  return problems.empty() ? "" : problems.front().origin + ": " + problems.front().text;
}

}  // namespace

TEST_CASE("a range is two numbers, the lower one first, within its limits") {
  CHECK(refusal({1, 2}) == "");
  CHECK(refusal({2, 2}, {2, 2}) == "");
  CHECK(refusal({2, 1}) == "recipe.yaml:2:8: speed must be [least, most]");
  CHECK(refusal({}) != "");
  CHECK(refusal({1}) != "");
  CHECK(refusal({1, 2, 3}) != "");
  CHECK(refusal({1, 2}, {.low = 1.5}) == "recipe.yaml:2:8: speed must be [least, most], 1.5 or more");
  CHECK(refusal({1, 2}, {0.5, 1.5}) == "recipe.yaml:2:8: speed must be [least, most] within 0.5 to 1.5");
  CHECK(refusal({std::numeric_limits<double>::quiet_NaN(), 2}) != "");
}

TEST_CASE("a range that the block does not say is refused at the block") {
  CHECK(refusal({2, 1}, {}, "volume") == "recipe.yaml:1:1: volume must be [least, most]");
}
