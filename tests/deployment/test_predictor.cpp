#include "deployment/predictor.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "catch.h"
#include "deployment/input_quantizer.h"
#include "deployment/made_export.h"
#include "reporting/scratch_folder.h"

namespace espalier::deployment {

TEST_CASE("a file's answer is the twin's for its features") {
  const ScratchFolder scratch;
  const auto samples = sound(16000, 8);
  write_wav(scratch / "sound.wav", samples);
  for (const char* arithmetic : {"integer", "float32"}) {
    const auto front_end = default_front_end(arithmetic);
    ExportedModel model{"model.tflite", listener(2), front_end.json()};
    const auto said = Predictor(model).predict((scratch / "sound.wav").string());
    std::vector<float> features(static_cast<std::size_t>(front_end.elements()));
    front_end.compute(samples, features);
    std::vector<std::int8_t> input(features.size()), expected(4);
    quantize_input(model.program, step_of(model.front_end), features, input);
    integer::Twin(model.program, integer::Arithmetic::tflm, 1).run(input, 1, expected);
    CHECK(said.output == expected);
    CHECK(said.output[said.best] == *std::max_element(expected.begin(), expected.end()));
    CHECK(said.label == model.program.labels[said.best]);
    CHECK(std::accumulate(said.probabilities.begin(), said.probabilities.end(), 0.0) == Approx(1.0));
    model.program.labels.clear();
    CHECK(Predictor(model).predict((scratch / "sound.wav").string()).label == std::to_string(said.best));
  }
}

TEST_CASE("a front end that does not fit its network is refused") {
  exporting::random_programs::Builder net(3, "other");
  net.dense(net.mean(net.input({20, 10, 1}), true), 4, true, integer::Clamp::none);
  CHECK_THROWS_AS(Predictor({"model.tflite", net.program, default_front_end().json()}), Error);
}

}  // namespace espalier::deployment
