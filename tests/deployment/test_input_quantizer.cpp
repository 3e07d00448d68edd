#include "deployment/input_quantizer.h"

#include "base/random.h"
#include "catch.h"
#include "device_runtime/audio_frontend.h"
#include "device_runtime/audio_frontend_tables.h"
#include "graph/network.h"

using namespace espalier;

namespace {

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
  deployment::quantize_input(program, 0, features, got);
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
  deployment::quantize_input(program, lsb, features, got);
  const auto quantizer = device_runtime::feature_quantizer(program.activations[0].scale, 5);
  espalier_audio_quantize_fixed(&quantizer, fixed.data(), fixed.size(), wanted.data());
  CHECK(got == wanted);
  CHECK(deployment::step_of(Json::map()) == 0);
  CHECK(deployment::step_of(Json::map().set("lsb", lsb)) == lsb);
}
