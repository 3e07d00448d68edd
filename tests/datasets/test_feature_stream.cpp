#include "datasets/feature_stream.h"

#include <algorithm>

#include "catch.h"
#include "small_corpus.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

static FrontEnd front_end_of(const std::string& yaml) {
  std::vector<Problem> problems;
  const auto options = schema::read_options<FeatureOptions>(schema::parse(yaml, "recipe.yaml"), "features", problems);
  FrontEnd front_end(options, "recipe.yaml:1:1", problems);
  refuse(problems);
  return front_end;
}

TEST_CASE("a stream gives the very features of each clip that ends, however its samples arrive") {
  const auto sound = tone(20000, 700, 3);
  for (const auto* yaml : {"{sample_rate: 8000, high_hz: 3800, clip: 500 ms}",
                           "{sample_rate: 8000, high_hz: 3800, clip: 500 ms, arithmetic: float32}",
                           "{sample_rate: 8000, high_hz: 3800, clip: 500 ms, window: 16 ms, hop: 30 ms}"}) {
    const auto front_end = front_end_of(yaml);
    const auto hop = front_end.spec().hop_samples;
    const auto heard_by = front_end.spec().window_samples + (front_end.shape()[1] - 1) * hop;
    std::vector<float> wanted(static_cast<std::size_t>(front_end.elements()));
    for (const std::size_t block : {1u, 37u, 160u, 20000u}) {
      INFO(yaml << ", blocks of " << block);
      FeatureStream stream(front_end, 3);
      std::int64_t answers = 0;
      for (std::size_t at = 0; at < sound.size(); at += block)
        stream.push(std::span(sound).subspan(at, std::min(block, sound.size() - at)),
                    [&](std::span<const float> features, std::int64_t end) {
                      REQUIRE(end == heard_by + 3 * hop * answers++);
                      auto clip = std::vector<std::int16_t>(sound.begin() + (end - heard_by), sound.begin() + end);
                      clip.resize(static_cast<std::size_t>(front_end.samples()));
                      front_end.compute(clip, wanted);
                      REQUIRE(std::equal(wanted.begin(), wanted.end(), features.begin(), features.end()));
                    });
      CHECK(answers == 1 + (20000 - heard_by) / (3 * hop));
    }
  }
}

TEST_CASE("a stride of no frame is refused, a frame of another length too") {
  const auto front_end = front_end_of("{}");
  CHECK_THROWS_AS(FeatureStream(front_end, 0), Error);
  std::vector<float> row(10);
  CHECK_THROWS_AS(front_end.compute_frame(std::vector<std::int16_t>(639), row), Error);
}
