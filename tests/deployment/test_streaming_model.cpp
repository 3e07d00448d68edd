#include "deployment/streaming_model.h"

#include <algorithm>

#include "catch.h"
#include "deployment/input_quantizer.h"
#include "deployment/made_export.h"
#include "exporting/c/writer.h"
#include "reporting/summary.h"

namespace espalier::deployment {
namespace {

struct Answer {
  std::vector<std::int8_t> probabilities;
  std::int64_t end = 0;
  bool operator==(const Answer&) const = default;
};

std::vector<Answer> hear(const integer::Program& program, const std::vector<std::int16_t>& samples, std::size_t piece) {
  StreamingModel model(program, default_front_end().json(), 100);
  std::vector<Answer> all;
  for (std::size_t at = 0; at < samples.size(); at += piece)
    model.push(std::span(samples).subspan(at, std::min(piece, samples.size() - at)),
               [&](std::span<const std::int8_t> p, std::int64_t end) {
                 all.push_back({{p.begin(), p.end()}, end});
               });
  return all;
}

}  // namespace

TEST_CASE("every stride is answered with the clip that ended there, whatever pieces the sound comes in") {
  const auto program = listener(5);
  const auto samples = sound(40000, 3);
  const auto answers = hear(program, samples, samples.size());
  CHECK(hear(program, samples, 777) == answers);
  REQUIRE(answers.size() >= 14);
  const auto front_end = default_front_end();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (i > 0) CHECK(answers[i].end - answers[i - 1].end == 1600);
    // Probabilities of scale 1/256 keep the order of the logits.
    const auto clip = std::span(samples).subspan(static_cast<std::size_t>(answers[i].end - front_end.samples()),
                                                 static_cast<std::size_t>(front_end.samples()));
    std::vector<float> features(static_cast<std::size_t>(front_end.elements()));
    front_end.compute(clip, features);
    std::vector<std::int8_t> input(features.size()), logits(4);
    quantize_input(program, step_of(front_end.json()), features, input);
    integer::Twin(program, integer::Arithmetic::tflm, 1).run(input, 1, logits);
    const auto best = std::max_element(logits.begin(), logits.end()) - logits.begin();
    CHECK(answers[i].probabilities[static_cast<std::size_t>(best)] ==
          *std::max_element(answers[i].probabilities.begin(), answers[i].probabilities.end()));
  }
}

TEST_CASE("times become windows, and classes that begin with an underscore are no keywords") {
  const Listening listening{60, 300, 800, 0.5};
  const auto settings = stream_settings(listening, 60, {"yes", "_silence_", "no"});
  CHECK(settings.smoothing == 5);
  CHECK(settings.refractory == 13);
  CHECK(settings.keyword == std::vector<std::uint8_t>{1, 0, 1});
  CHECK(stream_settings({60, 1, 0, 0.5}, 60, {"yes"}).smoothing == 1);
}

}  // namespace espalier::deployment
