#include "integer/constants.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "device_runtime/kernels_s8.h"

namespace espalier::integer {
namespace {

struct Layer {
  const Activation *input, *output;
  const std::vector<float>* weight_scale;
  std::size_t channels;
  bool product_in_float;
};

template <class Convolution>
Layer layer_of(const Program& program, const Convolution& layer, bool product_in_float) {
  return {&program.activations[static_cast<std::size_t>(layer.input)],
          &program.activations[static_cast<std::size_t>(layer.output)], &layer.weight_scale, layer.bias.size(),
          product_in_float};
}

Layer layer_of(const Program& program, const Instruction& instruction) {
  if (const auto* conv = std::get_if<Conv2d>(&instruction)) return layer_of(program, *conv, false);
  if (const auto* depthwise = std::get_if<DepthwiseConv2d>(&instruction)) return layer_of(program, *depthwise, false);
  if (const auto* full = std::get_if<FullyConnected>(&instruction))
    return layer_of(program, *full, full->weight_scale.size() == 1);
  fail(std::string(name_of(instruction)) + " has no weights, so no channel has a multiplier");
}

}  // namespace

FixedPoint fixed_point(double value) {
  if (value == 0) return {};
  FixedPoint fixed;
  const double fraction = std::frexp(value, &fixed.shift);
  auto rounded = static_cast<std::int64_t>(std::round(fraction * 2147483648.0));
  if (rounded == std::int64_t{1} << 31) {
    rounded /= 2;
    ++fixed.shift;
  }
  if (fixed.shift < -31) return {};
  if (fixed.shift > 30) return {INT32_MAX, 30};
  fixed.multiplier = static_cast<std::int32_t>(rounded);
  return fixed;
}

double effective_scale(float input, float weight, float output, bool in_float) {
  const double product = in_float ? static_cast<double>(input * weight) : static_cast<double>(input) * weight;
  return product / static_cast<double>(output);
}

std::vector<FixedPoint> channel_multipliers(const Program& program, const Instruction& instruction) {
  const Layer layer = layer_of(program, instruction);
  std::vector<FixedPoint> all(layer.channels);
  for (std::size_t c = 0; c < all.size(); ++c) {
    const float weight = (*layer.weight_scale)[layer.weight_scale->size() == 1 ? 0 : c];
    all[c] = fixed_point(effective_scale(layer.input->scale, weight, layer.output->scale, layer.product_in_float));
  }
  return all;
}

std::vector<float> channel_scales(const Program& program, const Instruction& instruction) {
  const Layer layer = layer_of(program, instruction);
  std::vector<float> all(layer.channels);
  for (std::size_t c = 0; c < all.size(); ++c) {
    const float product = layer.input->scale * (*layer.weight_scale)[layer.weight_scale->size() == 1 ? 0 : c];
    all[c] = product / layer.output->scale;
  }
  return all;
}

Range clamp_range(Clamp clamp, const Activation& output) {
  Range range;
  if (clamp == Clamp::none) return range;
  range.low = std::max(range.low, output.zero_point);
  if (clamp == Clamp::relu6)
    range.high = static_cast<std::int32_t>(
        std::min(127.0f, static_cast<float>(output.zero_point) + std::round(6.0f / output.scale)));
  return range;
}

FixedPoint mean_multiplier(float input_scale, float output_scale, std::int64_t count) {
  FixedPoint fixed = fixed_point(static_cast<double>(input_scale) / static_cast<double>(output_scale));
  espalier_mean_multiplier(static_cast<std::int32_t>(count), &fixed.multiplier, &fixed.shift);
  return fixed;
}

SoftmaxConstants softmax_constants(float beta, float input_scale) {
  const double real = std::min(static_cast<double>(beta) * static_cast<double>(input_scale) * 67108864.0, 2147483647.0);
  const FixedPoint fixed = fixed_point(real);
  const double radius = 31.0 * 67108864.0 / std::ldexp(1.0, fixed.shift);
  return {fixed.multiplier, fixed.shift, -static_cast<std::int32_t>(std::floor(radius))};
}

LogisticConstants logistic_constants(float input_scale) {
  int shift = 0;
  const double fraction = std::frexp(static_cast<double>(input_scale) * 134217728.0, &shift);
  const double radius = std::min(std::floor(15 * 134217728.0 / std::ldexp(1.0, shift)), 2147483647.0);
  // A float's fraction has 24 bits, so that nothing is rounded.
  return {static_cast<std::int32_t>(fraction * 2147483648.0), shift, static_cast<std::int32_t>(radius)};
}

HardSwishConstants hard_swish_constants(float input_scale, float output_scale) {
  const auto in_16_bits = [](float value) {
    FixedPoint fixed = fixed_point(static_cast<double>(value));
    fixed.multiplier = fixed.multiplier >= INT32_MAX - (1 << 15) ? INT16_MAX : (fixed.multiplier + (1 << 15)) >> 16;
    return fixed;
  };
  const float fine = (1.0f / 128.0f) * input_scale;
  return {in_16_bits(fine / output_scale), in_16_bits(fine / (3.0f / 32768.0f))};
}

FixedPoint mul_multiplier(float left_scale, float right_scale, float output_scale) {
  return fixed_point(effective_scale(left_scale, right_scale, output_scale));
}

AddConstants add_constants(float left_scale, float right_scale, float output_scale) {
  const double twice = 2.0 * static_cast<double>(std::max(left_scale, right_scale));
  return {fixed_point(left_scale / twice), fixed_point(right_scale / twice),
          fixed_point(twice / (1048576.0 * static_cast<double>(output_scale)))};
}

}  // namespace espalier::integer
