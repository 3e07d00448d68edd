#include "integer/program.h"

#include <functional>
#include <limits>

#include "base/error.h"
#include "catch.h"
#include "integer/storage.h"
#include "integer/twin.h"

using namespace espalier;
using namespace espalier::integer;

namespace {

/// 4x4x2 -> conv 3x3 "same" -> 4x4x3 -> mean -> 3 -> fully connected -> 2.
Program small() {
  Program program;
  program.name = "small";
  program.activations = {
      {"x", {4, 4, 2}, 0.5f, 3}, {"conv", {4, 4, 3}, 0.5f, -128}, {"mean", {3}, 0.5f, -128}, {"y", {2}, 1, 0}};
  program.instructions = {
      Conv2d{
          0, 1, {3, 3, 1, 1, 1, 1, 1, 1}, std::vector<std::int8_t>(54, 7), {0.1f, 0.2f, 0.3f}, {1, 2, 3}, Clamp::relu},
      Mean{1, 2}, FullyConnected{2, 3, std::vector<std::int8_t>(6, -5), {0.1f}, {0, 9}}};
  program.input = 0;
  program.output = 3;
  return program;
}
Conv2d& conv(Program& program) { return std::get<Conv2d>(program.instructions[0]); }

}  // namespace

TEST_CASE("a sound program passes, and its costs are counted") {
  const Program program = small();
  REQUIRE_NOTHROW(check(program));
  CHECK(macs_of(program, program.instructions[0]) == 4 * 4 * 3 * 18);
  CHECK(macs_of(program, program.instructions[1]) == 0);
  CHECK(macs_of(program, program.instructions[2]) == 6);
  const Storage storage = storage_of(program);
  CHECK(storage.instructions[0].total() == 54 + 3 * 4 + 3 * 4 + 3);
  CHECK(storage.instructions[1].total() == 5);
  CHECK(storage.instructions[2].total() == 6 + 2 * 4 + 2 * 4 + 2);
  CHECK(storage.flash_bytes == 81 + 5 + 24);
  CHECK(storage.arena_bytes == 32 + 48 + 240);  // the convolution's scratch memory: 3 pairs of 2 * 18 int16, 18 bytes
}

TEST_CASE("every kind of damage is refused, naming the instruction") {
  const std::vector<std::pair<std::string, std::function<void(Program&)>>> damages = {
      {"zero point", [](Program& p) { p.activations[0].zero_point = 128; }},
      {"scale", [](Program& p) { p.activations[1].scale = 0; }},
      {"scale", [](Program& p) { p.activations[1].scale = std::numeric_limits<float>::quiet_NaN(); }},
      {"axis", [](Program& p) { p.activations[0].shape[1] = 0; }},
      {"axes",
       [](Program& p) {
         p.activations[0].shape = {4, 4};
       }},
      {"does not exist", [](Program& p) { conv(p).input = 9; }},
      {"does not exist", [](Program& p) { conv(p).output = -1; }},
      {"before it is written", [](Program& p) { conv(p).input = 2; }},
      {"written twice",
       [](Program& p) {
         p.instructions.push_back(Mean{1, 2});
       }},
      {"never written", [](Program& p) { p.instructions.pop_back(); }},
      {"input is no activation", [](Program& p) { p.input = 7; }},
      {"number of weights", [](Program& p) { conv(p).weights.pop_back(); }},
      {"number of biases", [](Program& p) { conv(p).bias.push_back(0); }},
      {"number of weight scales", [](Program& p) { conv(p).weight_scale = {1}; }},
      {"weight scale is not", [](Program& p) { conv(p).weight_scale[1] = -1; }},
      {"-128", [](Program& p) { conv(p).weights[5] = -128; }},
      {"accumulator", [](Program& p) { conv(p).bias[0] = std::numeric_limits<std::int32_t>::max(); }},
      {"shifted left", [](Program& p) { conv(p).weight_scale[0] = 1e8f; }},
      {"does not give the output's shape", [](Program& p) { conv(p).window.stride_width = 2; }},
      {"padding", [](Program& p) { conv(p).window.pad_top = 3; }},
      {"stride must be positive", [](Program& p) { conv(p).window.stride_height = 0; }},
      {"labels", [](Program& p) { p.labels = {"one"}; }},
      {"share one scale",
       [](Program& p) {
         p.instructions[1] = MaxPool2d{1, 2, {4, 4, 4, 4}};
         p.activations[2] = {"m", {1, 1, 3}, 1, 0};
       }},
      {"shapes must be equal",
       [](Program& p) {
         p.instructions[1] = Add{1, 0, 2};
       }},
      {"one factor for each channel",
       [](Program& p) {
         p.instructions[1] = Mul{1, 0, 2};
         p.activations[2].shape = {4, 4, 3};
       }},
      {"1/256",
       [](Program& p) {
         p.instructions[1] = Softmax{1, 2};
         p.activations[2].shape = {4, 4, 3};
       }},
      {"1/256, zero point -128",
       [](Program& p) {
         p.instructions[1] = Logistic{1, 2};
         p.activations[2].shape = {4, 4, 3};
       }},
      {"scale is too small or too large",
       [](Program& p) {
         p.instructions[1] = Logistic{1, 2};
         p.activations[1].scale = 9;
         p.activations[2] = {"l", {4, 4, 3}, 1.0f / 256, -128};
       }},
      {"scale is too small for the input's",
       [](Program& p) {
         p.instructions[1] = HardSwish{1, 2};
         p.activations[2] = {"h", {4, 4, 3}, 0.5f / 129, 0};
       }},
      {"numbers of elements",
       [](Program& p) {
         p.instructions[1] = Reshape{1, 2};
       }},
      {"do not add up",
       [](Program& p) {
         p.instructions[1] = Concatenate{{1, 1}, 2};
         p.activations[2].shape = {4, 4, 3};
       }},
      {"no input",
       [](Program& p) {
         p.instructions[1] = Concatenate{{}, 2};
       }},
      {"the padding does not",
       [](Program& p) {
         p.instructions[1] = Pad{1, 2, 1, 1, 1, 1};
         p.activations[2].shape = {4, 4, 3};
       }},
  };
  for (const auto& [expected, damage] : damages) {
    Program program = small();
    damage(program);
    INFO(expected);
    try {
      check(program);
      FAIL("accepted");
    } catch (const Error& error) {
      INFO(error.what());
      CHECK(std::string(error.what()).find(expected) != std::string::npos);
      CHECK(std::string(error.what()).find("small") != std::string::npos);
    }
    CHECK_THROWS_AS(Twin(program), Error);
  }
}
