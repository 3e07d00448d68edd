#include "tasks/roc.h"

#include <cmath>
#include <limits>

#include "base/error.h"
#include "catch.h"

using namespace espalier;
using namespace espalier::tasks;

static std::vector<RocPoint> curve(std::vector<double> scores, std::vector<std::int64_t> anomalous) {
  return roc_curve(scores, anomalous);
}

TEST_CASE("a curve steps where a score changes, ties at once") {
  const auto points = curve({0.1, 0.4, 0.4, 0.8}, {0, 0, 1, 1});
  REQUIRE(points.size() == 4);
  CHECK(points[1].threshold == 0.8);
  CHECK((points[1].false_positives == 0 && points[1].true_positives == 0.5));
  CHECK((points[2].false_positives == 0.5 && points[2].true_positives == 1));
  CHECK((points[3].false_positives == 1 && points[3].true_positives == 1));
}

TEST_CASE("areas: perfect, reversed, chance, and by counting pairs") {
  CHECK(area_under(curve({1, 2, 3, 4}, {0, 0, 1, 1})) == 1);
  CHECK(area_under(curve({4, 3, 2, 1}, {0, 0, 1, 1})) == 0);
  CHECK(area_under(curve({5, 5, 5, 5}, {0, 1, 0, 1})) == 0.5);
  // Pairs (anomalous, normal): 0.35 beats 0.1 and not 0.4; 0.8 beats both.
  CHECK(area_under(curve({0.1, 0.4, 0.35, 0.8}, {0, 0, 1, 1})) == Approx(0.75));
}

TEST_CASE("a partial area is 1 at perfection, 0.5 by chance, and the whole area without a bound") {
  const auto perfect = curve({1, 2, 3, 4}, {0, 0, 1, 1}), even = curve({5, 5, 5, 5}, {0, 1, 0, 1});
  CHECK(partial_area_under(perfect, 0.1) == Approx(1));
  CHECK(partial_area_under(even, 0.1) == Approx(0.5));
  CHECK(partial_area_under(even, 1) == 0.5);
  CHECK_THROWS_AS(partial_area_under(even, 0), Error);
}

TEST_CASE("what cannot be ranked is refused") {
  CHECK_THROWS_AS(curve({1, 2}, {0}), Error);
  CHECK_THROWS_AS(curve({1, 2}, {0, 0}), Error);
  CHECK_THROWS_AS(curve({1, std::numeric_limits<double>::quiet_NaN()}, {0, 1}), Error);
}

TEST_CASE("a threshold lets no more than its share of normal samples through") {
  const std::vector<double> normal = {5, 1, 4, 2, 3, 6, 7, 8, 9, 10};
  CHECK(threshold_for(normal, 0) == 10);
  CHECK(threshold_for(normal, 0.1) == 9);
  CHECK(threshold_for(normal, 0.19) == 9);
  CHECK(threshold_for(normal, 0.5) == 5);
  CHECK(threshold_for(normal, 1) == 1);
  CHECK_THROWS_AS(threshold_for({}, 0.1), Error);
  CHECK_THROWS_AS(threshold_for({1, std::nan(""), 2}, 0.1), Error);
}
