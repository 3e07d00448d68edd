#include "datasets/disturbed.h"

#include <algorithm>

#include "catch.h"
#include "datasets/raw_data.h"

using namespace espalier;
using datasets::Split;

static std::vector<float> features(const datasets::Dataset& data, std::int64_t index) {
  std::vector<float> out(200);
  data.features(Split::test, index, {}, out);
  return out;
}

TEST_CASE("as many samples as asked for, by the seed, in order") {
  const testing::RawData data(testing::series_form());
  CHECK(sample_of(data, Split::test, 0, 1).size() == 10);
  CHECK(sample_of(data, Split::test, 99, 1).size() == 10);
  const auto four = sample_of(data, Split::test, 4, 1);
  CHECK(four.size() == 4);
  CHECK(std::is_sorted(four.begin(), four.end()));
  CHECK(four == sample_of(data, Split::test, 4, 1));
  CHECK(four != sample_of(data, Split::test, 4, 2));
}

TEST_CASE("a disturbed split: the chosen samples with their labels and names, harmed by seed and name alone") {
  const testing::RawData data(testing::series_form());
  const auto noise = testing::make_disturbance("{type: noise, snr: [0]}");
  const datasets::Disturbed clean(data, Split::test, {3, 8}, {}, 1), harmed(data, Split::test, {3, 8}, {noise, 0}, 1),
      alone(data, Split::test, {8}, {noise, 0}, 1), other(data, Split::test, {8}, {noise, 0}, 2);
  CHECK(harmed.size(Split::test) == 2);
  CHECK(harmed.size(Split::train) == 0);
  CHECK(harmed.label(Split::test, 0) == 1);
  CHECK(harmed.id(Split::test, 1) == data.id(Split::test, 8));
  CHECK(features(clean, 1) == features(data, 8));
  CHECK(features(harmed, 1) != features(data, 8));
  CHECK(features(harmed, 1) == features(alone, 0));
  CHECK(features(other, 0) != features(alone, 0));
}
