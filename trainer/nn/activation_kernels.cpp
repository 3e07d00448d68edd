#include "nn/activation_kernels.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"

namespace espalier::nn {
namespace {

// Float sums over thousands of rows lose bits; blocks of this many are summed in float and added up in double.
constexpr std::int64_t block_rows = 128;

/// Splits rows into one run per thread; a run's index does not depend on which thread takes it, so sums add up in one
/// order.
template <class Work>
void for_runs(std::int64_t rows, std::int64_t runs, const Work& work) {
  at::parallel_for(0, runs, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto run = begin; run < end; ++run) work(run, rows * run / runs, rows * (run + 1) / runs);
  });
}

std::int64_t runs_for(std::int64_t rows) { return std::clamp<std::int64_t>(rows / 64, 1, at::get_num_threads()); }

std::vector<double> add_runs(const std::vector<double>& partial, std::int64_t runs) {
  const auto n = partial.size() / static_cast<std::size_t>(runs);
  std::vector<double> sum(n, 0.0);
  for (std::size_t run = 0; run < static_cast<std::size_t>(runs); ++run)
    for (std::size_t i = 0; i < n; ++i) sum[i] += partial[run * n + i];
  return sum;
}

template <bool Quantize>
void activate_rows(const float* __restrict y, float* __restrict out, std::int64_t rows, std::int64_t channels,
                   const ActivationRow& row, float* __restrict lowest, float* __restrict highest) {
  const float* __restrict a = row.a;
  const float* __restrict b = row.b;
  const float clamp_low = row.clamp_low, clamp_high = row.clamp_high;
  const float scale = row.scale, inverse = 1.0f / row.scale, least = row.low - row.zero_point,
              most = row.high - row.zero_point;
  for (std::int64_t r = 0; r < rows; ++r, y += channels, out += channels) {
#pragma omp simd
    for (std::int64_t c = 0; c < channels; ++c) {
      float z = a[c] * y[c] + b[c];
      z = z < clamp_low ? clamp_low : z;  // in this order a NaN stays one, and stops the training
      z = z > clamp_high ? clamp_high : z;
      lowest[c] = z < lowest[c] ? z : lowest[c];
      highest[c] = z > highest[c] ? z : highest[c];
      if (Quantize) {
        float q = std::nearbyint(z * inverse);
        q = q < least ? least : q;
        q = q > most ? most : q;
        z = q * scale;
      }
      out[c] = z;
    }
  }
}

/// The gradient passes where low <= z <= high: strictly inside the clamp, as PyTorch's relu and hardtanh, and where z
/// rounds to a code of the encoding.
struct Passing {
  float low, high;
};

Passing passing(const ActivationRow& row) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  Passing all{std::nextafter(row.clamp_low, infinity), std::nextafter(row.clamp_high, -infinity)};
  if (!row.quantize) return all;
  return {std::max(all.low, (row.low - row.zero_point - 0.5f) * row.scale),
          std::min(all.high, (row.high - row.zero_point + 0.5f) * row.scale)};
}

void gradient_sums_rows(const float* __restrict grad, const float* __restrict y, std::int64_t rows,
                        std::int64_t channels, const ActivationRow& row, float* __restrict sum,
                        float* __restrict product) {
  const float* __restrict a = row.a;
  const float* __restrict b = row.b;
  const auto [low, high] = passing(row);
  for (std::int64_t r = 0; r < rows; ++r, y += channels, grad += channels) {
#pragma omp simd
    for (std::int64_t c = 0; c < channels; ++c) {
      const float z = a[c] * y[c] + b[c];
      const float dz = (z >= low) & (z <= high) ? grad[c] : 0.0f;
      sum[c] += dz;
      product[c] += dz * y[c];
    }
  }
}

void gradient_rows(const float* __restrict grad, const float* __restrict y, float* __restrict dy, std::int64_t rows,
                   std::int64_t channels, const ActivationRow& row, const float* __restrict p,
                   const float* __restrict q, const float* __restrict r0) {
  const float* __restrict a = row.a;
  const float* __restrict b = row.b;
  const auto [low, high] = passing(row);
  for (std::int64_t r = 0; r < rows; ++r, y += channels, grad += channels, dy += channels) {
#pragma omp simd
    for (std::int64_t c = 0; c < channels; ++c) {
      const float z = a[c] * y[c] + b[c];
      const float dz = (z >= low) & (z <= high) ? grad[c] : 0.0f;
      dy[c] = p[c] * dz + q[c] * y[c] + r0[c];
    }
  }
}

}  // namespace

std::vector<double> channel_moments(const float* y, std::int64_t rows, std::int64_t channels) {
  const auto runs = runs_for(rows);
  std::vector<double> partial(static_cast<std::size_t>(runs * 2 * channels), 0.0);
  for_runs(rows, runs, [&](std::int64_t run, std::int64_t begin, std::int64_t end) {
    std::vector<float> sums(static_cast<std::size_t>(2 * channels));
    double* total = partial.data() + run * 2 * channels;
    for (auto block = begin; block < end; block += block_rows) {
      std::fill(sums.begin(), sums.end(), 0.0f);
      float* __restrict sum = sums.data();
      float* __restrict squares = sums.data() + channels;
      const auto last = std::min(block + block_rows, end);
      for (auto r = block; r < last; ++r) {
        const float* __restrict in = y + r * channels;
#pragma omp simd
        for (std::int64_t c = 0; c < channels; ++c) {
          sum[c] += in[c];
          squares[c] += in[c] * in[c];
        }
      }
      for (std::int64_t i = 0; i < 2 * channels; ++i) total[i] += sums[static_cast<std::size_t>(i)];
    }
  });
  return add_runs(partial, runs);
}

MinMax activate(const float* y, float* out, std::int64_t rows, std::int64_t channels, const ActivationRow& row,
                bool observe) {
  const auto runs = runs_for(rows);
  std::vector<MinMax> found(static_cast<std::size_t>(runs));
  for_runs(rows, runs, [&](std::int64_t run, std::int64_t begin, std::int64_t end) {
    std::vector<float> lowest(static_cast<std::size_t>(channels), std::numeric_limits<float>::infinity());
    std::vector<float> highest(static_cast<std::size_t>(channels), -std::numeric_limits<float>::infinity());
    const auto kernel = row.quantize ? activate_rows<true> : activate_rows<false>;
    kernel(y + begin * channels, out + begin * channels, end - begin, channels, row, lowest.data(), highest.data());
    if (!observe) return;
    found[static_cast<std::size_t>(run)] = {*std::min_element(lowest.begin(), lowest.end()),
                                            *std::max_element(highest.begin(), highest.end())};
  });
  MinMax all;
  for (const auto& range : found) all = {std::min(all.low, range.low), std::max(all.high, range.high)};
  return all;
}

std::vector<double> activation_gradient_sums(const float* grad, const float* y, std::int64_t rows,
                                             std::int64_t channels, const ActivationRow& row) {
  const auto runs = runs_for(rows);
  std::vector<double> partial(static_cast<std::size_t>(runs * 2 * channels), 0.0);
  for_runs(rows, runs, [&](std::int64_t run, std::int64_t begin, std::int64_t end) {
    std::vector<float> sums(static_cast<std::size_t>(2 * channels));
    double* total = partial.data() + run * 2 * channels;
    for (auto block = begin; block < end; block += block_rows) {
      std::fill(sums.begin(), sums.end(), 0.0f);
      gradient_sums_rows(grad + block * channels, y + block * channels, std::min(block_rows, end - block), channels,
                         row, sums.data(), sums.data() + channels);
      for (std::int64_t i = 0; i < 2 * channels; ++i) total[i] += sums[static_cast<std::size_t>(i)];
    }
  });
  return add_runs(partial, runs);
}

void activation_gradient(const float* grad, const float* y, float* dy, std::int64_t rows, std::int64_t channels,
                         const ActivationRow& row, const float* p, const float* q, const float* r) {
  for_runs(rows, runs_for(rows), [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    gradient_rows(grad + begin * channels, y + begin * channels, dy + begin * channels, end - begin, channels, row, p,
                  q, r);
  });
}

void dropout_factors(float* factors, std::int64_t samples, std::int64_t elements, double p, std::uint64_t seed,
                     const std::string& purpose, std::uint64_t step) {
  const auto threshold = static_cast<std::uint32_t>(std::lround(p * 65536));
  const auto kept = static_cast<float>(1 / (1 - threshold / 65536.0));
  at::parallel_for(0, samples, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::uint32_t> words(static_cast<std::size_t>(elements + 1) / 2);
    for (auto sample = begin; sample < end; ++sample) {
      Random(seed, purpose, step, static_cast<std::uint64_t>(sample)).fill(words);
      float* __restrict out = factors + sample * elements;
      const std::uint32_t* __restrict in = words.data();
      const auto half = elements / 2;
      // Low halves decide the first half of the sample, high halves the second: whole vectors without shuffles.
      for (std::int64_t i = 0; i < half; ++i) out[i] = (in[i] & 0xFFFF) < threshold ? 0.0f : kept;
      for (std::int64_t i = half; i < elements; ++i) out[i] = (in[i - half] >> 16) < threshold ? 0.0f : kept;
    }
  });
}

}  // namespace espalier::nn
