// Each kernel against the plainest possible definition over random shapes, in 64-bit integers or double.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "catch.h"
#include "device_runtime/kernels_s8.h"

namespace {

using Bytes = std::vector<std::int8_t>;
using Words = std::vector<std::int32_t>;

struct Layer {
  espalier_shape in, out;
  espalier_window window;
  std::int32_t zero;
  Bytes input, weights;
  Words bias, multipliers;
  Bytes shifts;
  espalier_rescale rescale{};
};

std::int8_t byte(espalier::Random& random) { return static_cast<std::int8_t>(random.bits()); }
std::int32_t between(espalier::Random& random, int low, int high) {
  return low + static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(high - low + 1)));
}

Layer random_layer(std::uint64_t index, bool depthwise) {
  espalier::Random random(11, depthwise ? "depthwise" : "conv", index);
  Layer layer;
  layer.in = {between(random, 1, 9), between(random, 1, 9), between(random, 1, 70)};
  layer.window = {between(random, 1, 4), between(random, 1, 4), between(random, 1, 3), between(random, 1, 3), 0, 0};
  layer.window.pad_top = between(random, 0, layer.window.kernel_height - 1);
  layer.window.pad_left = between(random, 0, layer.window.kernel_width - 1);
  // The last window still starts inside; what hangs over is padding.
  layer.out = {1 + (layer.in.height - 1 + layer.window.pad_top) / layer.window.stride_height,
               1 + (layer.in.width - 1 + layer.window.pad_left) / layer.window.stride_width,
               depthwise ? layer.in.channels : between(random, 1, 37)};
  layer.zero = between(random, -128, 127);
  layer.input.resize(static_cast<std::size_t>(layer.in.height * layer.in.width * layer.in.channels));
  for (auto& q : layer.input) q = byte(random);
  const int run = layer.window.kernel_height * layer.window.kernel_width * (depthwise ? 1 : layer.in.channels);
  layer.weights.resize(static_cast<std::size_t>(run * layer.out.channels));
  for (auto& w : layer.weights) w = static_cast<std::int8_t>(between(random, -127, 127));
  for (int c = 0; c < layer.out.channels; ++c) {
    layer.bias.push_back(between(random, -5000, 5000));
    layer.multipliers.push_back((1 << 30) + between(random, 0, (1 << 30) - 1));
    layer.shifts.push_back(static_cast<std::int8_t>(between(random, -12, -6)));
  }
  layer.rescale = {layer.multipliers.data(), layer.shifts.data(), nullptr, between(random, -50, 50), -128, 127};
  return layer;
}

/// Its first tap as a layer of its own.
Layer pointwise(Layer layer) {
  layer.window = {1, 1, layer.window.stride_height, layer.window.stride_width, 0, 0};
  layer.out.height = 1 + (layer.in.height - 1) / layer.window.stride_height;
  layer.out.width = 1 + (layer.in.width - 1) / layer.window.stride_width;
  layer.weights.resize(static_cast<std::size_t>(layer.in.channels * layer.out.channels));
  layer.rescale.multiplier = layer.multipliers.data(), layer.rescale.shift = layer.shifts.data();
  return layer;
}

/// A convolution whose output has its input's shape.
Layer of_one_shape(Layer layer) {
  layer.window.stride_height = layer.window.stride_width = 1;
  layer.in.channels = std::min(layer.in.channels, layer.out.channels);
  layer.out = layer.in;
  layer.input.resize(static_cast<std::size_t>(layer.in.height * layer.in.width * layer.in.channels));
  layer.rescale.multiplier = layer.multipliers.data(), layer.rescale.shift = layer.shifts.data();
  return layer;
}

std::size_t output_bytes(const Layer& l) {
  return static_cast<std::size_t>(l.out.height * l.out.width * l.out.channels);
}

/// A convolution's kernel and the scratch memory that it asks for.
struct Kernel {
  decltype(&espalier_conv2d_s8) run;
  std::int32_t scratch;
};
Kernel conv_of(const Layer& l) { return {espalier_conv2d_s8, espalier_conv2d_s8_scratch(l.in, l.window)}; }
Kernel depthwise_of(const Layer& l) {
  return {espalier_depthwise_conv2d_s8, espalier_depthwise_conv2d_s8_scratch(l.window, l.out)};
}

/// What the kernel writes, into `output`; its scratch memory ends where it says.
Bytes run(const Layer& l, Kernel kernel, const std::int8_t* input, Bytes& output) {
  REQUIRE(kernel.scratch > 0);
  const auto used = static_cast<std::size_t>(kernel.scratch);
  std::vector<std::uint32_t> words(used / 4 + 2, 0x55555555u);
  REQUIRE(kernel.run(input, l.in, l.zero, l.weights.data(), l.bias.data(), l.window, &l.rescale, output.data(), l.out,
                     words.data()) == ESPALIER_OK);
  const auto* scratch = reinterpret_cast<const std::uint8_t*>(words.data());
  REQUIRE(std::all_of(scratch + used, scratch + words.size() * 4, [](std::uint8_t byte) { return byte == 0x55; }));
  return {output.begin(), output.begin() + static_cast<std::ptrdiff_t>(output_bytes(l))};
}

/// The accumulator in 64 bits, the requantization by the header's scalar function (proved in test_requantize).
Bytes naive(const Layer& l, bool depthwise) {
  Bytes output;
  for (int y = 0; y < l.out.height; ++y)
    for (int x = 0; x < l.out.width; ++x)
      for (int c = 0; c < l.out.channels; ++c) {
        std::int64_t sum = l.bias[static_cast<std::size_t>(c)];
        for (int ky = 0; ky < l.window.kernel_height; ++ky)
          for (int kx = 0; kx < l.window.kernel_width; ++kx)
            for (int i = depthwise ? c : 0; i < (depthwise ? c + 1 : l.in.channels); ++i) {
              const int row = y * l.window.stride_height - l.window.pad_top + ky;
              const int column = x * l.window.stride_width - l.window.pad_left + kx;
              if (row < 0 || column < 0 || row >= l.in.height || column >= l.in.width) continue;
              const int tap = ky * l.window.kernel_width + kx;
              const int weight = depthwise
                                     ? tap * l.in.channels + c
                                     : (c * l.window.kernel_height * l.window.kernel_width + tap) * l.in.channels + i;
              sum += (l.input[static_cast<std::size_t>((row * l.in.width + column) * l.in.channels + i)] - l.zero) *
                     std::int64_t{l.weights[static_cast<std::size_t>(weight)]};
            }
        const auto channel = static_cast<std::size_t>(c);
        const std::int32_t scaled = espalier_multiply_by_quantized_multiplier(
            static_cast<std::int32_t>(sum), l.multipliers[channel], l.shifts[channel]);
        output.push_back(static_cast<std::int8_t>(std::clamp(scaled + l.rescale.zero_point, -128, 127)));
      }
  return output;
}

}  // namespace

TEST_CASE("convolutions equal their definition over random shapes, strides and paddings") {
  for (std::uint64_t i = 0; i < 60; ++i) {
    Layer l = random_layer(i, false);
    Bytes output(output_bytes(l));
    REQUIRE(run(l, conv_of(l), l.input.data(), output) == naive(l, false));
    l = random_layer(i, true);
    output.resize(output_bytes(l));
    const Bytes expected = naive(l, true);
    REQUIRE(run(l, depthwise_of(l), l.input.data(), output) == expected);
    std::fill(output.begin(), output.end(), std::int8_t{0});
    REQUIRE(espalier_depthwise_channels_s8(l.input.data(), l.in, l.zero, l.weights.data(), l.bias.data(), l.window,
                                           &l.rescale, output.data(), l.out) == ESPALIER_OK);
    REQUIRE(output == expected);
  }
}

TEST_CASE("convolutions may write over their input") {
  const auto overwriting = [](const Layer& l, Kernel kernel) {
    Bytes bytes = l.input;
    bytes.resize(std::max(bytes.size(), output_bytes(l)));
    return run(l, kernel, bytes.data(), bytes);
  };
  for (std::uint64_t i = 0; i < 60; ++i) {
    Layer l = random_layer(i, true);
    REQUIRE(overwriting(l, depthwise_of(l)) == naive(l, true));
    l = pointwise(random_layer(i, false));
    if (l.out.channels <= l.in.channels) REQUIRE(overwriting(l, conv_of(l)) == naive(l, false));
    l = of_one_shape(random_layer(i, false));
    Kernel kernel = conv_of(l);
    kernel.scratch += espalier_conv2d_s8_in_place_scratch(l.in, l.window);
    REQUIRE(overwriting(l, kernel) == naive(l, false));
  }
}

TEST_CASE("accumulators reach the ends of int32") {
  // 65,000 inputs of 255 from the zero point times 127: 2,105,025,000 of 2,147,483,647.
  const std::int32_t inputs = 65000, multiplier = 1 << 30, bias = 42000000;
  for (const int sign : {1, -1}) {
    const Bytes input(inputs, 127), weights(inputs, static_cast<std::int8_t>(127 * sign));
    const std::int32_t signed_bias = bias * sign;
    const std::int8_t shift = -24;
    const espalier_rescale rescale{&multiplier, &shift, nullptr, 0, -128, 127};
    std::int8_t output = 0;
    REQUIRE(espalier_fully_connected_s8(input.data(), inputs, -128, weights.data(), &signed_bias, &rescale, &output,
                                        1) == ESPALIER_OK);
    CHECK(int{output} == sign * 64);  // 2,147,025,000 / 2^25 = 63.99
  }
}

TEST_CASE("pools count only what lies inside, and round halves away from zero") {
  const Bytes input{1, 2, -1, -2};  // 2 x 2 x 1
  Bytes output(4);
  const espalier_window window{2, 2, 1, 1, 1, 1};
  REQUIRE(espalier_average_pool_s8(input.data(), {2, 2, 1}, window, -128, 127, output.data(), {2, 2, 1}) ==
          ESPALIER_OK);
  CHECK(output == Bytes{1, 2, 0, 0});  // 1, 3/2, 0/2, 0/4
  REQUIRE(espalier_max_pool_s8(input.data(), {2, 2, 1}, window, -128, 1, output.data(), {2, 2, 1}) == ESPALIER_OK);
  CHECK(output == Bytes{1, 1, 1, 1});
  const Bytes halves{-1, -2};
  REQUIRE(espalier_average_pool_s8(halves.data(), {1, 2, 1}, {1, 2, 1, 1, 0, 0}, -128, 127, output.data(), {1, 1, 1}) ==
          ESPALIER_OK);
  CHECK(int{output[0]} == -2);
}

TEST_CASE("softmax of constants is uniform, of one far winner is certain, and near double everywhere") {
  const std::int32_t multiplier = 1717986918;  // scale 0.1, beta 1: 0.1 * 2^26 = multiplier * 2^(23 - 31)
  Bytes output(4);
  const Bytes constant(4, -17);
  REQUIRE(espalier_softmax_s8(constant.data(), 1, 4, multiplier, 23, -248, output.data()) == ESPALIER_OK);
  CHECK(output == Bytes(4, -64));
  const Bytes winner{127, -128, -128, -128};
  REQUIRE(espalier_softmax_s8(winner.data(), 1, 4, multiplier, 23, -248, output.data()) == ESPALIER_OK);
  CHECK(output == Bytes{127, -128, -128, -128});
  espalier::Random random(3, "softmax");
  for (int i = 0; i < 500; ++i) {
    Bytes logits(12), in_place;
    for (auto& q : logits) q = byte(random);
    in_place = logits;
    REQUIRE(espalier_softmax_s8(in_place.data(), 1, 12, multiplier, 23, -248, in_place.data()) == ESPALIER_OK);
    double sum = 0;
    for (const auto q : logits) sum += std::exp(0.1 * q);
    for (std::size_t c = 0; c < logits.size(); ++c)
      REQUIRE(std::fabs(in_place[c] + 128 - std::min(255.0, 256 * std::exp(0.1 * logits[c]) / sum)) < 0.502);
  }
}

TEST_CASE("logistic is near double at every input, 1/2 at zero, and may write over its input") {
  Bytes all(256), output(256);
  for (int i = 0; i < 256; ++i) all[static_cast<std::size_t>(i)] = static_cast<std::int8_t>(i - 128);
  for (const double scale : {0.001, 0.02, 0.125, 0.9, 3.0})
    for (const int zero : {-128, -9, 127}) {
      int shift = 0;
      const double fraction = std::frexp(scale * (1 << 27), &shift);
      const auto multiplier = static_cast<std::int32_t>(fraction * 2147483648.0);
      const auto radius = static_cast<std::int32_t>(std::floor(15 * std::ldexp(1.0, 27 - shift)));
      REQUIRE(espalier_logistic_s8(all.data(), 256, zero, multiplier, shift, radius, output.data()) == ESPALIER_OK);
      for (std::size_t i = 0; i < 256; ++i) {
        const double y = 256 / (1 + std::exp(-scale * (all[i] - zero)));
        REQUIRE(std::fabs(output[i] + 128 - std::min(255.0, y)) < 0.502);
      }
      auto in_place = all;
      REQUIRE(espalier_logistic_s8(in_place.data(), 256, zero, multiplier, shift, radius, in_place.data()) ==
              ESPALIER_OK);
      CHECK(in_place == output);
      CHECK(int{output[static_cast<std::size_t>(zero + 128)]} == 0);
    }
  CHECK(espalier_logistic_s8(all.data(), 256, 0, 1 << 30, -1, 1, output.data()) == ESPALIER_ARGUMENT);
}

TEST_CASE("hard swish is near double at every input, and may write over its input") {
  Bytes all(256), output(256);
  for (int i = 0; i < 256; ++i) all[static_cast<std::size_t>(i)] = static_cast<std::int8_t>(i - 128);
  const auto fixed = [](double value, std::int32_t& multiplier, std::int32_t& shift) {
    int exponent = 0;
    multiplier = std::min(32767, static_cast<int>(std::round(std::frexp(value, &exponent) * 32768)));
    shift = exponent;
  };
  for (const double scale : {0.004, 0.03, 0.1, 1.0})
    for (const int zero : {-128, -20, 60}) {
      espalier_hard_swish c{zero, -100, 0, 0, 0, 0};
      fixed(1 / 128.0, c.output_multiplier, c.output_shift);
      fixed(scale / 128 / 3 * 32768, c.gate_multiplier, c.gate_shift);
      REQUIRE(espalier_hard_swish_s8(all.data(), 256, &c, output.data()) == ESPALIER_OK);
      for (std::size_t i = 0; i < 256; ++i) {
        const double x = scale * (all[i] - zero), y = x * std::clamp(x + 3, 0.0, 6.0) / 6 / scale - 100;
        REQUIRE(std::fabs(output[i] - std::clamp(y, -128.0, 127.0)) < 0.6);
      }
      auto in_place = all;
      REQUIRE(espalier_hard_swish_s8(in_place.data(), 256, &c, in_place.data()) == ESPALIER_OK);
      CHECK(in_place == output);
      c.output_shift = 1;
      CHECK(espalier_hard_swish_s8(all.data(), 256, &c, output.data()) == ESPALIER_ARGUMENT);
    }
}

TEST_CASE("an addition may write over its input") {
  const espalier_addition addition{{0, 1 << 30, 0, 0}, {0, 1 << 30, 0, 0}, 1 << 30, -18, 0, -128, 127, 0};
  Bytes left(150), right(150), sums(150);
  for (int i = 0; i < 150; ++i) {
    left[static_cast<std::size_t>(i)] = static_cast<std::int8_t>(i - 75);
    right[static_cast<std::size_t>(i)] = static_cast<std::int8_t>(3 * (i % 40) - 50);
  }
  REQUIRE(espalier_add_s8(left.data(), right.data(), 150, &addition, sums.data()) == ESPALIER_OK);
  for (std::size_t i = 0; i < 150; ++i) REQUIRE(sums[i] == std::clamp(left[i] + right[i], -128, 127));
  REQUIRE(espalier_add_s8(left.data(), right.data(), 150, &addition, left.data()) == ESPALIER_OK);
  CHECK(left == sums);
}

TEST_CASE("a product may repeat its right input's row and write over its left one") {
  const std::int32_t multiplier = 1 << 30;
  const std::int8_t shift = -5;  // 1/64
  const espalier_rescale rescale{&multiplier, &shift, nullptr, 3, -128, 90};
  Bytes left(3 * 70), right(3 * 70), products(3 * 70);
  espalier::Random random(8, "mul");
  for (auto* bytes : {&left, &right})
    for (auto& q : *bytes) q = byte(random);
  for (const int right_rows : {3, 1}) {
    REQUIRE(espalier_mul_s8(left.data(), right.data(), 3, 70, right_rows, -7, 9, &rescale, products.data()) ==
            ESPALIER_OK);
    for (std::size_t i = 0; i < products.size(); ++i) {
      const double product = (left[i] + 7) * (right[right_rows == 1 ? i % 70 : i] - 9) / 64.0;
      REQUIRE(products[i] == std::clamp(static_cast<int>(std::round(product)) + 3, -128, 90));
    }
  }
  REQUIRE(espalier_mul_s8(left.data(), right.data(), 3, 70, 1, -7, 9, &rescale, left.data()) == ESPALIER_OK);
  CHECK(left == products);
  CHECK(espalier_mul_s8(left.data(), right.data(), 3, 70, 2, 0, 0, &rescale, left.data()) == ESPALIER_ARGUMENT);
}

TEST_CASE("mean takes the division into its multiplier") {
  std::int32_t multiplier = 1 << 30, shift = 1;  // 1
  espalier_mean_multiplier(125, &multiplier, &shift);
  CHECK(shift == 1 - 6);
  CHECK(multiplier == static_cast<std::int32_t>((std::int64_t{1} << 36) / 125));
  const auto narrow = static_cast<std::int8_t>(shift);
  const espalier_rescale rescale{&multiplier, &narrow, nullptr, 3, -128, 127};
  Bytes input(125 * 2), output(2);
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<std::int8_t>(i % 2 ? 13 : -7);
  REQUIRE(espalier_mean_s8(input.data(), {25, 5, 2}, 3, &rescale, output.data()) == ESPALIER_OK);
  CHECK(output == Bytes{-7, 13});
}

TEST_CASE("kernels refuse sizes that disagree") {
  const Bytes input(16);
  Bytes output(16);
  const espalier_rescale rescale{};
  CHECK(espalier_conv2d_s8(input.data(), {0, 4, 4}, 0, nullptr, nullptr, {1, 1, 1, 1, 0, 0}, &rescale, output.data(),
                           {1, 1, 1}, nullptr) == ESPALIER_ARGUMENT);
  CHECK(espalier_depthwise_conv2d_s8(input.data(), {2, 2, 4}, 0, nullptr, nullptr, {1, 1, 1, 1, 0, 0}, &rescale,
                                     output.data(), {2, 2, 3}, nullptr) == ESPALIER_ARGUMENT);
  CHECK(espalier_max_pool_s8(input.data(), {2, 2, 4}, {1, 1, 1, 1, 0, 0}, -128, 127, output.data(), {3, 2, 4}) ==
        ESPALIER_ARGUMENT);
  CHECK(espalier_concatenate_s8(input.data(), 1, 3, output.data(), 4, 2) == ESPALIER_ARGUMENT);
  CHECK(espalier_pad_s8(input.data(), {2, 2, 4}, 1, 0, 0, output.data(), {2, 2, 4}) == ESPALIER_ARGUMENT);
  CHECK(espalier_softmax_s8(input.data(), 1, 4096, 1 << 30, 0, 0, output.data()) == ESPALIER_ARGUMENT);
}

TEST_CASE("concatenate and pad put bytes where they belong") {
  const Bytes left{1, 2, 3, 4}, right{9, 8};
  Bytes output(6);
  REQUIRE(espalier_concatenate_s8(left.data(), 2, 2, output.data(), 3, 0) == ESPALIER_OK);
  REQUIRE(espalier_concatenate_s8(right.data(), 2, 1, output.data(), 3, 2) == ESPALIER_OK);
  CHECK(output == Bytes{1, 2, 9, 3, 4, 8});
  Bytes padded(12);
  REQUIRE(espalier_pad_s8(left.data(), {2, 2, 1}, 1, 1, -5, padded.data(), {3, 4, 1}) == ESPALIER_OK);
  CHECK(padded == Bytes{-5, -5, -5, -5, -5, 1, 2, -5, -5, 3, 4, -5});
}
