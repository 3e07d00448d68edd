#include "device_runtime/no_contraction.h"
// A fused a * b + c would fall the other way at ties; where the runtime fuses, std::fma says so.
#include "integer/ort_kernels.h"

#include <algorithm>
#include <cmath>

#include "integer/constants.h"

namespace espalier::integer {
namespace {

constexpr int unsigned_offset = 128;

float real_of(const Activation& of, int code) { return static_cast<float>(code - of.zero_point) * of.scale; }

std::int8_t byte_of(const Activation& of, float value) {
  const float steps = std::nearbyint(value / of.scale) + static_cast<float>(of.zero_point);
  return static_cast<std::int8_t>(std::clamp(steps, -128.0f, 127.0f));
}

template <class Function>
ByteTable table_of(const Activation& input, const Activation& output, const Function& function) {
  ByteTable table;
  for (int code = -128; code < 128; ++code)
    table[static_cast<std::size_t>(code + 128)] = byte_of(output, function(real_of(input, code)));
  return table;
}

/// Minimax coefficients, odd ones above, even ones below, highest power first; the argument is clamped to +-18.
float logistic(float x) {
  constexpr float above[] = {4.37031012579801e-11f, 1.15627324459942e-07f, 6.08574864600143e-05f, 8.51377133304701e-03f,
                             2.48287947061529e-01f};
  constexpr float below[] = {6.10247389755681e-13f, 5.76102136993427e-09f, 6.29106785017040e-06f,
                             1.70198817374094e-03f, 1.16817656904453e-01f, 9.93151921023180e-01f};
  x = std::clamp(x, -18.0f, 18.0f);
  const float square = x * x;
  float numerator = above[0], denominator = below[0];
  for (std::size_t i = 1; i < std::size(above); ++i) numerator = std::fma(numerator, square, above[i]);
  for (std::size_t i = 1; i < std::size(below); ++i) denominator = std::fma(denominator, square, below[i]);
  return std::clamp(numerator * x / denominator + 0.5f, 0.0f, 1.0f);
}

float hard_swish(float x) {
  constexpr float slope = 1.0f / 6.0f;
  const float line = x * slope;
  return x * std::clamp(line + 0.5f, 0.0f, 1.0f);
}

struct Span {
  std::int64_t begin, end;
};
/// What of a window lies inside.
Span inside(std::int64_t position, std::int32_t stride, std::int32_t before, std::int32_t kernel, std::int64_t size) {
  const std::int64_t first = position * stride - before;
  return {std::max<std::int64_t>(first, 0), std::min(first + kernel, size)};
}

}  // namespace

ByteTable requantize_table(const Activation& input, const Activation& output) {
  return table_of(input, output, [](float x) { return x; });
}
ByteTable logistic_table(const Activation& input, const Activation& output) {
  return table_of(input, output, logistic);
}
ByteTable hard_swish_table(const Activation& input, const Activation& output) {
  return table_of(input, output, hard_swish);
}

void average_pool_in_float(const std::int8_t* input, const AveragePool2d& pool, const Program& program,
                           std::int8_t* output) {
  const auto& from = program.activations[static_cast<std::size_t>(pool.input)];
  const auto& to = program.activations[static_cast<std::size_t>(pool.output)];
  const auto range = clamp_range(pool.clamp, to);
  const auto& w = pool.window;
  const auto channels = from.shape[2], width = from.shape[1];
  // The zero point goes in before rounding, and as a uint8: both decide ties.
  const float zero = static_cast<float>(to.zero_point + unsigned_offset);
  for (std::int64_t y = 0; y < to.shape[0]; ++y)
    for (std::int64_t x = 0; x < to.shape[1]; ++x) {
      const auto rows = inside(y, w.stride_height, w.pad_top, w.kernel_height, from.shape[0]);
      const auto columns = inside(x, w.stride_width, w.pad_left, w.kernel_width, width);
      const auto count = static_cast<float>((rows.end - rows.begin) * (columns.end - columns.begin));
      for (std::int64_t c = 0; c < channels; ++c) {
        float sum = 0;
        for (auto i = rows.begin; i < rows.end; ++i)
          for (auto j = columns.begin; j < columns.end; ++j)
            sum += real_of(from, input[(i * width + j) * channels + c]);
        const float code = std::nearbyint(sum / count / to.scale + zero) - unsigned_offset;
        *output++ =
            static_cast<std::int8_t>(std::clamp(code, static_cast<float>(range.low), static_cast<float>(range.high)));
      }
    }
}

}  // namespace espalier::integer
