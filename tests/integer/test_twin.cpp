#include "integer/twin.h"

#include <algorithm>

#include "base/error.h"
#include "base/random.h"
#include "catch.h"
#include "device_runtime/kernels_s8.h"
#include "integer/arithmetic.h"
#include "integer/constants.h"
#include "integer/kernel_arguments.h"
#include "integer/packed_conv.h"

using namespace espalier;
using namespace espalier::integer;

namespace {

Conv2d random_conv(Random& random, Id input, Id output, Window window, std::int64_t channels, std::int64_t depth) {
  Conv2d conv{input, output, window, {}, {}, {}, Clamp::relu};
  for (std::int64_t i = 0; i < channels * window.kernel_height * window.kernel_width * depth; ++i)
    conv.weights.push_back(static_cast<std::int8_t>(static_cast<int>(random.below(255)) - 127));
  for (std::int64_t c = 0; c < channels; ++c) {
    conv.weight_scale.push_back(0.001f + 0.00001f * static_cast<float>(c));
    conv.bias.push_back(static_cast<std::int32_t>(random.below(2000)) - 1000);
  }
  return conv;
}

/// Two convolutions, an addition of both, a pool, a reshape: branches, in-place steps, views.
Program branched() {
  Random random(31, "branched");
  Program program;
  program.name = "branched";
  program.activations = {{"x", {6, 5, 3}, 0.05f, -4},      {"a", {6, 5, 17}, 0.1f, -128},
                         {"b", {6, 5, 17}, 0.12f, -128},   {"sum", {6, 5, 17}, 0.2f, -128},
                         {"pool", {3, 2, 17}, 0.2f, -128}, {"flat", {102}, 0.2f, -128}};
  program.instructions = {random_conv(random, 0, 1, {3, 3, 1, 1, 1, 1, 1, 1}, 17, 3),
                          random_conv(random, 1, 2, {1, 1, 1, 1}, 17, 17), Add{1, 2, 3, Clamp::relu},
                          AveragePool2d{3, 4, {2, 2, 2, 2}}, Reshape{4, 5}};
  program.output = 5;
  return program;
}

std::vector<std::int8_t> random_bytes(std::size_t count, std::uint64_t seed) {
  Random random(seed, "bytes");
  std::vector<std::int8_t> bytes(count);
  for (auto& q : bytes) q = static_cast<std::int8_t>(random.bits());
  return bytes;
}

}  // namespace

TEST_CASE("the twin gives the same bytes with any number of threads, in any company, and as its trace") {
  const Program program = branched();
  const auto inputs = random_bytes(90 * 13, 1);
  std::vector<std::int8_t> one(102 * 13), many(102 * 13), alone(102);
  Twin(program, Arithmetic::tflm, 1).run(inputs, 13, one);
  const Twin twin(program, Arithmetic::tflm, 4);
  twin.run(inputs, 13, many);
  CHECK(one == many);
  for (std::size_t sample = 0; sample < 13; ++sample) {
    const std::span<const std::int8_t> input = std::span(inputs).subspan(sample * 90, 90);
    twin.run(input, 1, alone);
    REQUIRE(std::equal(alone.begin(), alone.end(), one.begin() + static_cast<std::ptrdiff_t>(sample * 102)));
    REQUIRE(twin.trace(input)[5] == alone);
    REQUIRE(twin.trace(input)[4] == alone);
    REQUIRE(twin.trace(input)[3].size() == 6 * 5 * 17);
  }
}

TEST_CASE("the packed convolution has the bits of the device's kernel") {
  for (std::uint64_t i = 0; i < 40; ++i) {
    Random random(32, "packed", i);
    const auto pick = [&](int low, int high) {
      return low + static_cast<int>(random.below(static_cast<std::uint32_t>(high - low + 1)));
    };
    const std::int64_t depth = pick(1, 21), channels = pick(1, 50);
    const int kernel = pick(1, 3), stride = pick(1, 2), pad = pick(0, kernel - 1);
    const std::int64_t height = pick(3, 9), width = pick(3, 9);
    const Activation input{"x", {height, width, depth}, 0.05f, pick(-128, 127)};
    const Activation output{
        "y", {(height + 2 * pad - kernel) / stride + 1, (width + 2 * pad - kernel) / stride + 1, channels}, 0.3f, 5};
    Program program;
    program.activations = {input, output};
    program.output = 1;
    const Conv2d conv =
        random_conv(random, 0, 1, {kernel, kernel, stride, stride, pad, pad, pad, pad}, channels, depth);
    program.instructions = {conv};
    REQUIRE_NOTHROW(check(program));
    std::vector<std::int32_t> multipliers;
    std::vector<std::int8_t> shifts;
    for (const FixedPoint& fixed : channel_multipliers(program, conv)) {
      multipliers.push_back(fixed.multiplier);
      shifts.push_back(static_cast<std::int8_t>(fixed.shift));
    }
    const espalier_rescale rescale{multipliers.data(), shifts.data(), nullptr, 5, -128, 127};
    const auto bytes = random_bytes(static_cast<std::size_t>(elements(input.shape)), i);
    std::vector<std::int8_t> packed(static_cast<std::size_t>(elements(output.shape))), plain(packed.size());
    PackedConv(conv, input, output).run(bytes.data(), rescale, packed.data());
    std::vector<std::uint32_t> scratch(static_cast<std::size_t>(scratch_bytes(program, conv) / 4 + 1));
    REQUIRE(espalier_conv2d_s8(bytes.data(), shape_of(input), input.zero_point, conv.weights.data(), conv.bias.data(),
                               window_of(conv.window), &rescale, plain.data(), shape_of(output),
                               scratch.data()) == ESPALIER_OK);
    REQUIRE(packed == plain);
  }
}

TEST_CASE("sizes that do not fit and operators without an exact row are refused") {
  const Program program = branched();
  const Twin twin(program);
  std::vector<std::int8_t> inputs(90), outputs(101);
  CHECK_THROWS_AS(twin.run(inputs, 1, outputs), Error);
  CHECK_THROWS_AS(twin.trace(outputs), Error);
  Program ended = program;
  ended.activations.push_back({"probabilities", {102}, 1.0f / 256, -128});
  ended.instructions.push_back(Softmax{5, 6});
  ended.output = 6;
  CHECK_NOTHROW(Twin(ended));
  try {
    Twin(ended, Arithmetic::ort_f32_even);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find("cut the network at its logits") != std::string::npos);
  }
}

TEST_CASE("every instruction has a row, with a reason, in every arithmetic") {
  const std::vector<Instruction> all = {Conv2d{},        DepthwiseConv2d{}, FullyConnected{}, Add{},     Mul{},
                                        AveragePool2d{}, MaxPool2d{},       Mean{},           Softmax{}, Logistic{},
                                        HardSwish{},     Reshape{},         Concatenate{},    Pad{},     Requantize{}};
  REQUIRE(all.size() == std::variant_size_v<Instruction>);
  for (std::size_t i = 0; i < all.size(); ++i) {
    REQUIRE(all[i].index() == i);
    for (const Arithmetic arithmetic : {Arithmetic::tflm, Arithmetic::ort_f32_even})
      CHECK_FALSE(arithmetic_row(all[i], arithmetic).reason.empty());
    CHECK(arithmetic_row(all[i], Arithmetic::tflm).exact);
  }
}

TEST_CASE("multipliers of special values") {
  CHECK(fixed_point(0) == FixedPoint{});
  CHECK(fixed_point(1) == FixedPoint{1 << 30, 1});
  CHECK(fixed_point(0.5) == FixedPoint{1 << 30, 0});
  CHECK(fixed_point(1 - 1e-12) == FixedPoint{1 << 30, 1});  // rounds up to 2^31
  CHECK(fixed_point(1e-12) == FixedPoint{});
  CHECK(fixed_point(1e12) == FixedPoint{INT32_MAX, 30});
}
