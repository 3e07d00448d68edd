#include "pipeline/integer_model.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "catch.h"
#include "device_runtime/audio_frontend.h"
#include "device_runtime/audio_frontend_tables.h"
#include "graph/random_networks.h"
#include "pipeline/compress.h"
#include "pipeline/small_data.h"

using namespace espalier;

namespace {

const char* calibrated_only =
    "{training: {epochs: 1, batch_size: 20, workers: 0, optimizer: {type: sgd, lr: 1e-3}}, "
    "calibrate: {calibration_samples: 60}}";

integer::Program program_with_input(graph::Shape shape, float scale, std::int32_t zero_point) {
  integer::Program program;
  integer::Activation input;
  input.shape = {shape[1], shape[2], shape[0]};
  input.scale = scale;
  input.zero_point = zero_point;
  program.activations = {input};
  program.input = 0;
  return program;
}

}  // namespace

TEST_CASE("the input is quantized by the device's own code, into its layout") {
  const auto program = program_with_input({2, 3, 2}, 0.07f, -11);
  Random random(1, "features");
  std::vector<float> features(12);
  for (auto& value : features) value = static_cast<float>(4 * random.normal());
  std::vector<std::int8_t> got(12), planar(12);
  pipeline::quantize_input(program, 0, features, got);
  const auto quantizer = device_runtime::feature_quantizer(program.activations[0].scale, -11);
  espalier_audio_quantize_float(&quantizer, features.data(), features.size(), planar.data());
  for (std::size_t c = 0; c < 2; ++c)
    for (std::size_t p = 0; p < 6; ++p) CHECK(got[p * 2 + c] == planar[c * 6 + p]);
}

TEST_CASE("features of an integer front end are quantized as integers") {
  const auto program = program_with_input({1, 4, 3}, 0.31f, 5);
  const double lsb = 1.0 / 65536;
  Random random(2, "features");
  std::vector<std::int32_t> fixed(12);
  std::vector<float> features(12);
  for (std::size_t i = 0; i < 12; ++i) {
    fixed[i] = static_cast<std::int32_t>(random.below(1u << 22)) - (1 << 21);
    features[i] = static_cast<float>(fixed[i] * lsb);
  }
  std::vector<std::int8_t> got(12), wanted(12);
  pipeline::quantize_input(program, lsb, features, got);
  const auto quantizer = device_runtime::feature_quantizer(program.activations[0].scale, 5);
  espalier_audio_quantize_fixed(&quantizer, fixed.data(), fixed.size(), wanted.data());
  CHECK(got == wanted);
  CHECK(pipeline::step_of(Json::map()) == 0);
  CHECK(pipeline::step_of(Json::map().set("lsb", lsb)) == lsb);
}

TEST_CASE("the program of a random network answers as its fake-quantized form") {
  const pipeline::SmallData data({2, 9, 7});
  constexpr std::uint64_t networks = 14;
  double all_close = 0;
  int without_averages = 0;
  for (std::uint64_t seed = 1; seed <= networks; ++seed) {
    INFO("network " << seed);
    const auto student = pipeline::compress(naive::random_network(seed), data, calibrated_only);
    REQUIRE(student.program);
    CHECK(pipeline::is_quantized(student.network));
    const auto measured = pipeline::measure(student, data, datasets::Split::test);
    const auto& output = student.program->activations[static_cast<std::size_t>(student.program->output)];
    const auto& integer = measured.integer->answers.values;
    REQUIRE(integer.size() == measured.fake_quant->values.size());
    double near = 0;
    for (std::size_t i = 0; i < integer.size(); ++i)
      near += std::abs(integer[i] - measured.fake_quant->values[i]) / output.scale <= 2.01f;
    // One step for the logits' own rounding, one for what earlier layers rounded otherwise. Averages of four whole
    // numbers end in .5 one time in four, which fake quantization rounds to even and the device away from zero; layers
    // behind them add up what differs.
    const double close = near / static_cast<double>(integer.size());
    const bool averages =
        std::ranges::any_of(student.network.nodes, [](const auto& node) { return node.is("average_pool2d"); });
    CHECK(close >= (averages ? 0.5 : 0.9));
    if (!averages) all_close += close, ++without_averages;
    CHECK(measured.integer->outputs.size() == static_cast<std::size_t>(60 * 5));
  }
  REQUIRE(without_averages >= 5);
  CHECK(all_close / without_averages >= 0.97);
}

TEST_CASE("a float student has no program") {
  const pipeline::SmallData data({2, 9, 7});
  const auto student = pipeline::compress(naive::random_network(3), data, "{training: {epochs: 1, batch_size: 20}}");
  CHECK_FALSE(student.program);
  CHECK_FALSE(pipeline::is_quantized(student.network));
  const auto measured = pipeline::measure(student, data, datasets::Split::validation);
  CHECK_FALSE(measured.integer);
  CHECK_FALSE(measured.fake_quant);
}
