#include "datasets/disturbed.h"

#include <algorithm>
#include <map>

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

TEST_CASE("the windows of a recording are chosen together and count as one") {
  struct Recordings final : testing::RawData {
    Recordings() : RawData(testing::series_form()) {}
    datasets::Target target(Split split, std::int64_t index) const override {
      auto target = RawData::target(split, index);
      target.group = index < 2 ? -1 : index / 4;  // two that stand alone, 2 and 3, 4 to 7, 8 and 9
      return target;
    }
  };
  const Recordings data;
  CHECK(sample_of(data, Split::test, 0, 1).size() == 10);
  CHECK(sample_of(data, Split::test, 5, 1).size() == 10);
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const auto chosen = sample_of(data, Split::test, 2, seed);
    std::map<std::int64_t, std::int64_t> found;
    for (const auto sample : chosen) ++found[sample < 2 ? -1 - sample : sample / 4];
    CHECK(found.size() == 2);
    for (const auto& [group, count] : found) CHECK(count == (group < 0 ? 1 : group == 1 ? 4 : 2));
    CHECK(std::is_sorted(chosen.begin(), chosen.end()));
  }
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
