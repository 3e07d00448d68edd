#include "integer/packed_conv.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace espalier::integer {
namespace {

constexpr std::int64_t block = 16;  ///< output channels a pass
constexpr std::int64_t tile = 4;    ///< pixels a pass

/// accumulators[tile][stride] += columns[tile][2 * pairs] times weights[pairs][block][2], over one block of channels.
#if defined(__AVX2__)
void multiply(const std::int16_t* columns, std::int64_t pairs, const std::int16_t* weights, const std::int32_t* bias,
              std::int32_t* accumulators, std::int64_t stride) {
  __m256i sums[tile][2];
  for (auto& row : sums)
    for (int half = 0; half < 2; ++half)
      row[half] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bias + 8 * half));
  for (std::int64_t k = 0; k < pairs; ++k) {
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights + k * 2 * block));
    const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights + k * 2 * block + block));
    for (std::int64_t p = 0; p < tile; ++p) {
      std::int32_t pair;
      std::memcpy(&pair, columns + (p * pairs + k) * 2, sizeof pair);
      const __m256i both = _mm256_set1_epi32(pair);
      sums[p][0] = _mm256_add_epi32(sums[p][0], _mm256_madd_epi16(both, low));
      sums[p][1] = _mm256_add_epi32(sums[p][1], _mm256_madd_epi16(both, high));
    }
  }
  for (std::int64_t p = 0; p < tile; ++p)
    for (int half = 0; half < 2; ++half)
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(accumulators + p * stride + 8 * half), sums[p][half]);
}
#else
void multiply(const std::int16_t* columns, std::int64_t pairs, const std::int16_t* weights, const std::int32_t* bias,
              std::int32_t* accumulators, std::int64_t stride) {
  for (std::int64_t p = 0; p < tile; ++p) {
    std::int32_t* row = accumulators + p * stride;
    std::copy(bias, bias + block, row);
    for (std::int64_t k = 0; k < pairs; ++k) {
      const std::int32_t first = columns[(p * pairs + k) * 2], second = columns[(p * pairs + k) * 2 + 1];
      for (std::int64_t c = 0; c < block; ++c)
        row[c] += first * weights[(k * block + c) * 2] + second * weights[(k * block + c) * 2 + 1];
    }
  }
}
#endif

/// Buffers that a thread keeps, so that no inference allocates.
struct Scratch {
  std::vector<std::int16_t> columns;
  std::vector<std::int32_t> accumulators;
};

}  // namespace

PackedConv::PackedConv(const Conv2d& conv, const Activation& input, const Activation& output)
    : input_{static_cast<std::int32_t>(input.shape[0]), static_cast<std::int32_t>(input.shape[1]),
             static_cast<std::int32_t>(input.shape[2])},
      output_{static_cast<std::int32_t>(output.shape[0]), static_cast<std::int32_t>(output.shape[1]),
              static_cast<std::int32_t>(output.shape[2])},
      zero_point_(input.zero_point),
      window_(conv.window) {
  const auto channels = static_cast<std::int64_t>(conv.bias.size());
  const std::int64_t run = static_cast<std::int64_t>(conv.weights.size()) / channels;
  pairs_ = (run + 1) / 2;
  blocks_ = (channels + block - 1) / block;
  weights_.assign(static_cast<std::size_t>(blocks_ * pairs_ * block * 2), 0);
  bias_.assign(static_cast<std::size_t>(blocks_ * block), 0);
  std::copy(conv.bias.begin(), conv.bias.end(), bias_.begin());
  for (std::int64_t c = 0; c < channels; ++c)
    for (std::int64_t i = 0; i < run; ++i)
      weights_[static_cast<std::size_t>((((c / block) * pairs_ + i / 2) * block + c % block) * 2 + i % 2)] =
          conv.weights[static_cast<std::size_t>(c * run + i)];
}

void PackedConv::gather(const std::int8_t* input, std::int32_t y, std::int32_t x, std::int16_t* columns) const {
  const std::int32_t row = y * window_.stride_height - window_.pad_top,
                     column = x * window_.stride_width - window_.pad_left;
  const std::int32_t depth = input_.channels;
  const auto zero = static_cast<std::int16_t>(zero_point_);
  const std::int32_t first = std::max(0, -column), last = std::min(window_.kernel_width, input_.width - column);
  for (std::int32_t ky = 0; ky < window_.kernel_height; ++ky, columns += window_.kernel_width * depth) {
    if (row + ky < 0 || row + ky >= input_.height) {
      std::fill(columns, columns + window_.kernel_width * depth, std::int16_t{0});
      continue;
    }
    const std::int8_t* source = input + ((row + ky) * input_.width + column) * depth;
    std::fill(columns, columns + first * depth, std::int16_t{0});
    for (std::int32_t i = first * depth; i < last * depth; ++i)
      columns[i] = static_cast<std::int16_t>(source[i] - zero);
    std::fill(columns + last * depth, columns + window_.kernel_width * depth, std::int16_t{0});
  }
}

void PackedConv::run(const std::int8_t* input, const espalier_rescale& rescale, std::int8_t* output) const {
  static thread_local Scratch scratch;
  const std::int64_t stride = blocks_ * block, pixels = std::int64_t{output_.height} * output_.width;
  scratch.columns.assign(static_cast<std::size_t>(tile * pairs_ * 2), 0);
  scratch.accumulators.resize(static_cast<std::size_t>(tile * stride));
  for (std::int64_t first = 0; first < pixels; first += tile) {
    const std::int64_t count = std::min(tile, pixels - first);
    for (std::int64_t p = 0; p < count; ++p)
      gather(input, static_cast<std::int32_t>((first + p) / output_.width),
             static_cast<std::int32_t>((first + p) % output_.width), scratch.columns.data() + p * pairs_ * 2);
    for (std::int64_t b = 0; b < blocks_; ++b)
      multiply(scratch.columns.data(), pairs_, weights_.data() + b * pairs_ * block * 2, bias_.data() + b * block,
               scratch.accumulators.data() + b * block, stride);
    for (std::int64_t p = 0; p < count; ++p)
      espalier_requantize_channels(scratch.accumulators.data() + p * stride, 0, output_.channels, &rescale,
                                   output + (first + p) * output_.channels);
  }
}

}  // namespace espalier::integer
