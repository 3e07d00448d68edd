#include "datasets/grouped_split.h"

#include <algorithm>
#include <map>
#include <set>

#include "catch.h"

using namespace espalier;
using namespace espalier::datasets;

namespace {

std::vector<SplitUnit> people(int count, int samples) {
  std::vector<SplitUnit> units;
  for (int i = 0; i < count * samples; ++i) units.push_back({"person" + std::to_string(i % count), ""});
  return units;
}

std::vector<Split> divided(const std::vector<SplitUnit>& units, const SplitOptions& options, bool has_test = false) {
  std::vector<Problem> problems;
  auto splits = divide(units, options, has_test, "recipe.yaml:1:1", problems);
  refuse(problems);
  return splits;
}

std::string refusal(const std::vector<SplitUnit>& units, const SplitOptions& options) {
  std::vector<Problem> problems;
  divide(units, options, false, "recipe.yaml:1:1", problems);
  return problems.empty() ? "" : problems[0].text;
}

std::int64_t count(const std::vector<Split>& splits, Split split) {
  return std::count(splits.begin(), splits.end(), split);
}

}  // namespace

TEST_CASE("grouped split: nobody is in two splits, and shares are kept") {
  const auto units = people(20, 7);
  const auto splits = divided(units, {});
  std::map<std::string, std::set<Split>> found;
  for (std::size_t i = 0; i < units.size(); ++i) found[units[i].group].insert(splits[i]);
  for (const auto& [group, of] : found) CHECK(of.size() == 1);
  CHECK(count(splits, Split::test) == 3 * 7);
  CHECK(count(splits, Split::validation) == 3 * 7);
  CHECK(splits == divided(units, {}));
  const auto few = divided(people(3, 1), {});
  for (const auto split : {Split::train, Split::validation, Split::test}) CHECK(count(few, split) == 1);
}

TEST_CASE("grouped split: each fold is tested once") {
  const auto units = people(11, 2);
  std::vector<int> tested(units.size());
  for (int fold = 0; fold < 5; ++fold) {
    SplitOptions options;
    options.folds = 5, options.fold = fold;
    const auto splits = divided(units, options);
    for (std::size_t i = 0; i < units.size(); ++i) tested[i] += splits[i] == Split::test;
    CHECK(count(splits, Split::validation) > 0);
    CHECK(count(divided(units, options, true), Split::test) == 0);
  }
  CHECK(tested == std::vector<int>(units.size(), 1));
}

TEST_CASE("grouped split: strata are spread over folds and shares") {
  std::vector<SplitUnit> units;
  for (int i = 0; i < 40; ++i) units.push_back({"case" + std::to_string(i), std::string(1, "abcd"[i % 4])});
  SplitOptions options;
  options.folds = 5, options.fold = 2;
  for (const auto& chosen : {options, SplitOptions{0.2, 0.2, 0, 0, {}, {}}}) {
    const auto splits = divided(units, chosen);
    std::map<std::string, int> tested;
    for (std::size_t i = 0; i < units.size(); ++i)
      if (splits[i] == Split::test) ++tested[units[i].stratum];
    CHECK(tested == std::map<std::string, int>{{"a", 2}, {"b", 2}, {"c", 2}, {"d", 2}});
  }
}

TEST_CASE("grouped split: names go where they are told, and mistakes are said") {
  const auto units = people(6, 2);
  SplitOptions options;
  options.test_groups = {"person4"};
  options.validation_groups = {"person1", "person2"};
  const auto splits = divided(units, options);
  CHECK(splits[4] == Split::test);
  CHECK(splits[1] == Split::validation);
  CHECK(count(splits, Split::train) == 6);
  options.test_groups = {"person9"};
  CHECK(refusal(units, options).find("have no 'person9'; did you mean") != std::string::npos);
  options.test_groups = {"person1"};
  CHECK(refusal(units, options).find("named twice") != std::string::npos);
  options.folds = 5;
  CHECK(refusal(units, options).find("not both") != std::string::npos);
  options = {};
  options.folds = 2;
  CHECK(refusal(units, options).find("at least 3") != std::string::npos);
  options.folds = 7;
  CHECK(refusal(units, options).find("6 groups cannot be dealt to 7 folds") != std::string::npos);
  CHECK(refusal(people(1, 5), {}).find("leave none") != std::string::npos);
}
