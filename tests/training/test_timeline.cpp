#include "catch.h"
#include "training/timeline.h"

using namespace espalier;

namespace {
struct Masker final : compression::Modifier {
  compression::Writes writes() const override { return compression::Writes::masks; }
};
training::Scheduled entry(const char* name, double start, double end) {
  training::Scheduled made;
  made.name = name;
  made.modifier = std::make_shared<Masker>();
  made.start = start;
  made.end = end;
  return made;
}
}  // namespace

TEST_CASE("windows in epochs become steps, fractions allowed, open ends to the end") {
  std::vector<training::Scheduled> timeline = {entry("a", 0, 2), entry("b", 1.5, -1)};
  training::place_windows(timeline, 10, 4);
  CHECK(timeline[0].first == 0);
  CHECK(timeline[0].last == 19);
  CHECK(timeline[0].position(0) == 0.0);
  CHECK(timeline[0].position(19) == 1.0);
  CHECK(timeline[1].first == 15);
  CHECK(timeline[1].last == 39);
  CHECK_FALSE(timeline[1].active(14));
}

TEST_CASE("a window outside the training and two that overlap are refused where they are written") {
  std::vector<Problem> problems;
  training::check_windows({entry("a", 0, 5), entry("b", 4, 9)}, 8, {"r.yaml:3:5", "r.yaml:4:5"}, problems);
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].origin == "r.yaml:4:5");
  CHECK(problems[0].text.find("outside the training") != std::string::npos);
  CHECK(problems[1].text.find("overlapping") != std::string::npos);
  problems.clear();
  training::check_windows({entry("a", 0, 4), entry("b", 4, 8)}, 8, {"", ""}, problems);
  CHECK(problems.empty());
}
