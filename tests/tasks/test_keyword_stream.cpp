#include "tasks/keyword_stream.h"

#include "base/error.h"
#include "catch.h"

using namespace espalier;
using namespace espalier::tasks;

namespace {

constexpr std::int64_t rate = 100;

/// Class 0 is no keyword. Of one window each 10 samples: which class is certain, -1: none.
HeardSpeech heard_of(const std::vector<int>& certain, std::vector<datasets::Utterance> utterances) {
  HeardSpeech heard;
  heard.rate = rate;
  heard.samples = static_cast<std::int64_t>(certain.size()) * 10;
  heard.utterances = std::move(utterances);
  for (std::size_t i = 0; i < certain.size(); ++i) {
    heard.ends.push_back(static_cast<std::int64_t>(i + 1) * 10);
    for (int c = 0; c < 3; ++c) heard.probabilities.push_back(static_cast<std::int8_t>(c == certain[i] ? 127 : -128));
  }
  return heard;
}
const StreamSettings settings{2, 1, {0, 1, 1}};

}  // namespace

TEST_CASE("detections belong to the utterance that they follow, others are false") {
  //                        windows end at 10, 20, … : 1 is said from 10 to 30, 2 from 60 to 70, 2 from 400 to 420
  std::vector<int> certain(60, -1);
  certain[2] = certain[3] = 1;    // detected at 40: within the latency of 0.75 s
  certain[20] = certain[21] = 1;  // detected at 220: nobody said it
  certain[41] = certain[42] = 2;  // detected at 430
  const auto heard = heard_of(certain, {{10, 30, 1}, {60, 70, 2}, {200, 220, 0}, {400, 420, 2}});
  const auto found = score(heard, settings, 0.9);
  CHECK(found.keywords == 3);  // class 0 is none
  CHECK(found.missed == 1);
  CHECK(found.false_accepts == 1);
  CHECK(found.hours == Approx(6.0 / 3600));
  CHECK(found.false_accepts_per_hour() == Approx(600));
  CHECK(found.false_rejects() == Approx(1.0 / 3));
}

TEST_CASE("one utterance is found once: a second detection of it is false") {
  const auto heard = heard_of({1, 1, 1, 1, 1, 1}, {{0, 30, 1}});
  const auto found = score(heard, settings, 0.9);
  CHECK(found.missed == 0);
  CHECK(found.false_accepts >= 1);
}

TEST_CASE("thresholds: as few misses as the false accepts allow, the highest of equals") {
  const auto point = [](double threshold, std::int64_t missed, std::int64_t accepts) {
    StreamScore made;
    made.threshold = threshold, made.keywords = 10, made.missed = missed, made.false_accepts = accepts, made.hours = 1;
    return made;
  };
  const std::vector<StreamScore> points = {point(0.2, 0, 90), point(0.4, 1, 9), point(0.5, 1, 8), point(0.9, 5, 0)};
  CHECK(choose_threshold(points, 10) == 0.5);
  CHECK(choose_threshold(points, 100) == 0.2);
  CHECK(choose_threshold(points, 0) == 0.9);
  CHECK(choose_threshold({point(0.3, 0, 5), point(0.6, 9, 4)}, 1) == 0.6);
}

TEST_CASE("the curve rises in its threshold and never accepts more") {
  std::vector<int> certain(200, -1);
  for (std::size_t i = 0; i < certain.size(); i += 3) certain[i] = 1 + static_cast<int>(i % 2);
  const auto points = curve(heard_of(certain, {{0, 100, 1}}), settings);
  REQUIRE(points.size() > 10);
  CHECK(points.front().threshold == 0.05);
  CHECK(points.back().threshold == 1);
  for (std::size_t i = 1; i < points.size(); ++i) CHECK(points[i].threshold > points[i - 1].threshold);
  CHECK(points.back().false_accepts == 0);
  CHECK(points.front().false_accepts > 0);
}

TEST_CASE("settings that the detector cannot keep to are refused") {
  CHECK_THROWS_AS(KeywordStream({0, 1, {0, 1}}, 0.5), Error);
  CHECK_THROWS_AS(KeywordStream({2, 1, {0, 1}}, 1.5), Error);
  KeywordStream stream({2, 1, {0, 1}}, 0.5);
  Detection detection;
  CHECK_THROWS_AS(stream.push(std::vector<std::int8_t>(3), detection), Error);
}
