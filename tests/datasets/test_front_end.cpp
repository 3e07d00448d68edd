#include "datasets/front_end.h"

#include <cmath>

#include "catch.h"
#include "small_corpus.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

FrontEnd front_end_of(const std::string& yaml) {
  std::vector<Problem> problems;
  const auto options = schema::read_options<FeatureOptions>(schema::parse(yaml, "recipe.yaml"), "features", problems);
  FrontEnd front_end(options, "recipe.yaml:1:1", problems);
  refuse(problems);
  return front_end;
}

std::vector<float> features_of(const FrontEnd& front_end, const std::vector<std::int16_t>& clip) {
  std::vector<float> out(static_cast<std::size_t>(front_end.elements()));
  front_end.compute(clip, out);
  return out;
}

}  // namespace

TEST_CASE("FrontEnd: shapes follow from the options") {
  CHECK(front_end_of("{}").shape() == std::vector<std::int64_t>{1, 49, 10});
  CHECK(front_end_of("{type: log_mel}").shape() == std::vector<std::int64_t>{1, 49, 40});
  CHECK(front_end_of("{window: 30 ms, hop: 10 ms, coefficients: 13}").shape() == std::vector<std::int64_t>{1, 98, 13});
  const auto slow = front_end_of("{sample_rate: 8000, clip: 1.5 s, high_hz: 3800}");
  CHECK(slow.samples() == 12000);
  CHECK(slow.shape() == std::vector<std::int64_t>{1, 74, 10});
}

TEST_CASE("FrontEnd: integer features lie on their grid, near the float ones") {
  const auto clip = tone(16000, 700, 1);
  const auto integer = features_of(front_end_of("{}"), clip);
  const auto real = features_of(front_end_of("{arithmetic: float32}"), clip);
  double error = 0;
  for (std::size_t i = 0; i < integer.size(); ++i) {
    CHECK(std::floor(integer[i] * 65536.0f) == integer[i] * 65536.0f);
    error += std::abs(integer[i] - real[i]);
  }
  CHECK(error / static_cast<double>(integer.size()) < 0.05);
  CHECK(integer == features_of(front_end_of("{}"), clip));
}

TEST_CASE("FrontEnd: its JSON makes the same front end") {
  const auto clip = tone(16000, 900, 2);
  for (const auto* yaml :
       {"{}", "{type: log_mel, arithmetic: float32, mel_scale: slaney, filter_norm: slaney, spectrum: magnitude}",
        "{hop: 10 ms, log_floor: 1e-9}"}) {
    const auto front_end = front_end_of(yaml);
    const FrontEnd again(Json::parse(front_end.json().dump(), "summary.json"));
    CHECK(again.shape() == front_end.shape());
    CHECK(features_of(again, clip) == features_of(front_end, clip));
  }
  CHECK(front_end_of("{}").json().at("lsb").number() == 1.0 / 65536);
  CHECK_THROWS_AS(FrontEnd(Json::map()), Error);
}

TEST_CASE("FrontEnd: settings that cannot be are refused with the recipe's line") {
  for (const auto* yaml : {"{high_hz: 9000}", "{low_hz: 4000, high_hz: 300}", "{clip: 20 ms}",
                           "{mel_bands: 10, coefficients: 20}", "{window: 300 ms}"}) {
    INFO(yaml);
    CHECK_THROWS_AS(front_end_of(yaml), Error);
  }
}

TEST_CASE("features_of_audio_file: any rate and length, damage by name") {
  Folder folder("front_end_file");
  write_bytes(folder.path() / "a.wav", wav_bytes(tone(9000, 700, 1)));
  const auto front_end = front_end_of("{}");
  auto clip = tone(9000, 700, 1);
  clip.resize(16000, 0);
  CHECK(features_of_audio_file(front_end, (folder.path() / "a.wav").string()) == features_of(front_end, clip));
  CHECK_THROWS_AS(features_of_audio_file(front_end, (folder.path() / "b.wav").string()), Error);
}
