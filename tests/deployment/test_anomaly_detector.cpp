#include "deployment/anomaly_detector.h"

#include <cmath>

#include "base/error.h"
#include "catch.h"
#include "datasets/sound_windows.h"
#include "deployment/input_quantizer.h"
#include "deployment/made_export.h"
#include "deployment/series_predictor.h"
#include "device_runtime/series_frontend_tables.h"
#include "reporting/scratch_folder.h"

namespace espalier::deployment {
namespace {

/// Log-mel windows of 5 x 16, two frames apart.
datasets::SoundWindows small_windows() {
  datasets::FeatureOptions options;
  options.type = "log_mel";
  options.mel_bands = 16;
  options.clip.value = 40 + 4 * 20;
  std::vector<Problem> problems;
  datasets::FrontEnd front_end(options, "here", problems);
  refuse(problems);
  return {std::move(front_end), 2};
}

integer::Program autoencoder(integer::Shape input) {
  exporting::random_programs::Builder net(5, "autoencoder");
  const auto numbers = integer::elements(input);
  const auto code = net.dense(net.input(std::move(input)), 6, true, integer::Clamp::relu);
  net.dense(code, numbers, true, integer::Clamp::none);
  net.program.activations[0].scale = 0.1F;
  return net.program;
}

Json decoding(double threshold) {
  auto json = Json::map();
  json.set("type", "reconstruction_error").set("threshold", threshold);
  return json.set("false_positive_rate", 0.1);
}

ExportedModel hearing(double threshold) {
  return {"model.tflite", autoencoder({5, 16, 1}), small_windows().json().set("decoding", decoding(threshold))};
}

/// The mean squared difference of a window's quantized features and the twin's answer, in real numbers.
double expected(const integer::Program& program, double lsb, std::span<const float> features) {
  std::vector<std::int8_t> input(features.size()), output(features.size());
  quantize_input(program, lsb, features, input);
  integer::Twin(program, integer::Arithmetic::tflm, 1).run(input, 1, output);
  const auto &in = program.activations[static_cast<std::size_t>(program.input)],
             &out = program.activations[static_cast<std::size_t>(program.output)];
  double sum = 0;
  for (std::size_t i = 0; i < input.size(); ++i)
    sum += std::pow(static_cast<double>(out.scale) * (output[i] - out.zero_point) -
                        static_cast<double>(in.scale) * (input[i] - in.zero_point),
                    2);
  return sum / static_cast<double>(input.size());
}

}  // namespace

TEST_CASE("a recording's score is the mean over its windows, of what the device can compute") {
  const ScratchFolder scratch;
  const auto file = (scratch / "sound.wav").string();
  const auto samples = sound(4000, 3);
  write_wav(file, samples);
  const auto model = hearing(1e9);
  const auto windows = small_windows();
  const auto rows = windows.rows(samples);
  REQUIRE(windows.count(4000) == 4);
  double sum = 0;
  for (std::int64_t i = 0; i < 4; ++i)
    sum += expected(model.program, step_of(model.front_end), windows.window(rows, i));
  const auto found = AnomalyDetector(model).judge_file(file);
  CHECK(found.windows == 4);
  CHECK(found.score == Approx(sum / 4).epsilon(1e-3));
  CHECK_FALSE(found.anomalous);
  CHECK(AnomalyDetector(hearing(0.99 * found.score)).judge_file(file).anomalous);
  CHECK_FALSE(AnomalyDetector(hearing(found.score)).judge_file(file).anomalous);
  CHECK(AnomalyDetector(hearing(2.5)).threshold() == 2.5);
}

TEST_CASE("sounds that are too short or damaged are named, as are models that do not fit") {
  const ScratchFolder scratch;
  const auto file = (scratch / "short.wav").string();
  write_wav(file, sound(1900, 3));
  const AnomalyDetector detector(hearing(1));
  CHECK_THROWS_AS(detector.judge_file(file), Error);
  CHECK_THROWS_AS(detector.judge_file((scratch / "absent.wav").string()), Error);
  auto model = hearing(1);
  model.program = autoencoder({4, 16, 1});
  CHECK_THROWS_AS(AnomalyDetector(model), Error);
  model = hearing(1);
  model.front_end.set("decoding", Json::map().set("type", "reconstruction_error"));
  CHECK(AnomalyDetector::is_one(model));
  CHECK_THROWS_AS(AnomalyDetector(model), Error);
  CHECK_FALSE(AnomalyDetector::is_one({"model.tflite", listener(1), default_front_end().json()}));
}

TEST_CASE("what the C export carries says what the detector says") {
  const auto model = hearing(2.5);
  const auto settings = anomaly_settings(model.program, model.front_end);
  REQUIRE(settings);
  const auto device = reconstruction_of(model.program, "here");
  CHECK(static_cast<double>(settings->threshold) * device.unit() == Approx(2.5).epsilon(1e-6));
  CHECK(static_cast<double>(settings->threshold) * device.unit() >= 2.5);
  CHECK(settings->reconstruction.elements == 80);
  auto unfinished = model.front_end;
  unfinished.set("decoding", Json::map().set("type", "reconstruction_error"));
  CHECK_FALSE(anomaly_settings(model.program, unfinished));
  CHECK_FALSE(anomaly_settings(listener(1), default_front_end().json()));
}

TEST_CASE("a series is judged window by window") {
  const ScratchFolder scratch;
  const auto file = (scratch / "series.csv").string();
  std::string text = "time,x\n";
  for (int row = 0; row < 30; ++row) text += concat(row, ",", row % 7, "\n");
  write_atomically(file, text);
  const datasets::SeriesFrontEnd front_end({{"x", 1, device_runtime::fixed_channel(3, 2)}}, {50, 10, 4, -1}, "here");
  const auto judged = [&](double threshold) {
    const ExportedModel model{"model.tflite", autoencoder({10, 1, 1}),
                              front_end.json().set("decoding", decoding(threshold))};
    const SeriesPredictor predictor(model);
    CHECK(predictor.threshold() == threshold);
    std::vector<Prediction> all;
    predictor.predict_file(file, "atr", [&](const SeriesPrediction& found) { all.push_back(found.said); });
    return all;
  };
  const auto normal = judged(1e9), anomalous = judged(0);
  REQUIRE(normal.size() == 6);
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(normal[i].label == "normal");
    CHECK(anomalous[i].label == "anomalous");
    REQUIRE(normal[i].score);
    CHECK(*normal[i].score > 0);
    CHECK(*normal[i].score == *anomalous[i].score);
  }
}

}  // namespace espalier::deployment
