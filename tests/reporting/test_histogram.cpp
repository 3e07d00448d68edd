#include "reporting/histogram.h"

#include <limits>

#include "catch.h"

using namespace espalier;
using reporting::histogram_of;

TEST_CASE("every finite value is counted once, edges above, the largest in the last bin") {
  const std::vector<float> values = {0, 0.5f, 1, 1.5f, 2, 4};
  const auto found = histogram_of(values, 4);
  CHECK(found.low == 0);
  CHECK(found.high == 4);
  CHECK(found.counts == std::vector<std::int64_t>{2, 2, 1, 1});
}

TEST_CASE("what is not finite is left out, one value makes one bin, none makes none") {
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(histogram_of(std::vector<float>{nan, 3, infinity, 3, -infinity}, 8).counts == std::vector<std::int64_t>{2});
  CHECK(histogram_of(std::vector<float>{nan}, 8).counts.empty());
  CHECK(histogram_of({}, 8).counts.empty());
}

TEST_CASE("values at the ends of float32 do not overflow") {
  const float most = std::numeric_limits<float>::max();
  CHECK(histogram_of(std::vector<float>{-most, 0, most}, 2).counts == std::vector<std::int64_t>{1, 2});
  CHECK(to_json(histogram_of(std::vector<float>{1, 2}, 2)).dump() == R"({"low":1,"high":2,"counts":[1,1]})");
}
