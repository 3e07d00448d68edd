#include "datasets/continuous_speech.h"

#include <algorithm>
#include <set>

#include "catch.h"

using namespace espalier;
using namespace espalier::datasets;

namespace {

/// Eight clips of constant loudness, each its own; label 2 is silence.
class Recordings final : public Dataset {
 public:
  const std::vector<std::int64_t>& shape() const override { return shape_; }
  const std::vector<std::string>& classes() const override { return classes_; }
  std::int64_t size(Split) const override { return 8; }
  std::int64_t label(Split, std::int64_t index) const override { return index % 3; }
  void features(Split, std::int64_t, View, std::span<float>) const override {}
  std::vector<std::int16_t> recording(Split, std::int64_t index) const override {
    return std::vector<std::int16_t>(100, static_cast<std::int16_t>(index % 3 == 2 ? 40 : 10000 + index));
  }

 private:
  std::vector<std::int64_t> shape_ = {1, 1, 1};
  std::vector<std::string> classes_ = {"a", "b", "_silence_"};
};

ContinuousOptions options(std::uint64_t seed) {
  ContinuousOptions made;
  made.rate = 100;
  made.silence = 2;
  made.seed = seed;
  return made;
}

}  // namespace

TEST_CASE("every clip is spoken once, apart from its neighbours, over noise that never stops") {
  const Recordings data;
  const auto speech = continuous_speech(data, Split::test, options(1));
  REQUIRE(speech.utterances.size() == 6);
  std::set<std::int16_t> heard;
  std::int64_t before = 0;
  for (const auto& utterance : speech.utterances) {
    CHECK(utterance.end - utterance.begin == 100);
    CHECK(utterance.begin - before >= 50);
    CHECK(utterance.begin - before <= 200);
    before = utterance.end;
    const auto loudness = speech.samples[static_cast<std::size_t>(utterance.begin)];
    const auto clip = static_cast<std::int16_t>(loudness >= 10000 ? (loudness - 10000) : -1);
    CHECK(clip >= 2);  // some noise beneath: at least 0.05 of 40
    heard.insert(loudness);
  }
  CHECK(std::count_if(speech.samples.begin(), speech.samples.end(), [](auto s) { return s < 2; }) == 0);
  CHECK(continuous_speech(data, Split::test, options(1)).samples == speech.samples);
  CHECK(continuous_speech(data, Split::test, options(2)).samples != speech.samples);
}

TEST_CASE("without recordings of silence the gaps are still") {
  auto still = options(1);
  still.silence = -1;
  const auto speech = continuous_speech(Recordings(), Split::test, still);
  CHECK(speech.utterances.size() == 8);
  CHECK(speech.samples.front() == 0);
}
