#include "nn/activation_kernels.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

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
      z = z > clamp_low ? z : clamp_low;
      z = z < clamp_high ? z : clamp_high;
      lowest[c] = z < lowest[c] ? z : lowest[c];
      highest[c] = z > highest[c] ? z : highest[c];
      if (Quantize) {
        float q = std::nearbyint(z * inverse);
        q = q > least ? q : least;
        q = q < most ? q : most;
        z = q * scale;
      }
      out[c] = z;
    }
  }
}

/// 1 where the gradient passes. Without quantization: strictly inside the clamp, as PyTorch's relu and hardtanh.
template <bool Quantize>
inline float passes(float z, const ActivationRow& row, float inverse, float least, float most) {
  float pass = z > row.clamp_low && z < row.clamp_high ? 1.0f : 0.0f;
  if (Quantize) {
    const float q = std::nearbyint(z * inverse);
    pass = q >= least && q <= most ? pass : 0.0f;
  }
  return pass;
}

template <bool Quantize>
void gradient_sums_rows(const float* __restrict grad, const float* __restrict y, std::int64_t rows,
                        std::int64_t channels, const ActivationRow& row, float* __restrict sum,
                        float* __restrict product) {
  const float* __restrict a = row.a;
  const float* __restrict b = row.b;
  const ActivationRow local = row;
  const float inverse = 1.0f / row.scale, least = row.low - row.zero_point, most = row.high - row.zero_point;
  for (std::int64_t r = 0; r < rows; ++r, y += channels, grad += channels) {
#pragma omp simd
    for (std::int64_t c = 0; c < channels; ++c) {
      const float dz = grad[c] * passes<Quantize>(a[c] * y[c] + b[c], local, inverse, least, most);
      sum[c] += dz;
      product[c] += dz * y[c];
    }
  }
}

template <bool Quantize>
void gradient_rows(const float* __restrict grad, const float* __restrict y, float* __restrict dy, std::int64_t rows,
                   std::int64_t channels, const ActivationRow& row, const float* __restrict p,
                   const float* __restrict q, const float* __restrict r0) {
  const float* __restrict a = row.a;
  const float* __restrict b = row.b;
  const ActivationRow local = row;
  const float inverse = 1.0f / row.scale, least = row.low - row.zero_point, most = row.high - row.zero_point;
  for (std::int64_t r = 0; r < rows; ++r, y += channels, grad += channels, dy += channels) {
#pragma omp simd
    for (std::int64_t c = 0; c < channels; ++c) {
      const float dz = grad[c] * passes<Quantize>(a[c] * y[c] + b[c], local, inverse, least, most);
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
    const auto kernel = row.quantize ? gradient_sums_rows<true> : gradient_sums_rows<false>;
    for (auto block = begin; block < end; block += block_rows) {
      std::fill(sums.begin(), sums.end(), 0.0f);
      kernel(grad + block * channels, y + block * channels, std::min(block_rows, end - block), channels, row,
             sums.data(), sums.data() + channels);
      for (std::int64_t i = 0; i < 2 * channels; ++i) total[i] += sums[static_cast<std::size_t>(i)];
    }
  });
  return add_runs(partial, runs);
}

void activation_gradient(const float* grad, const float* y, float* dy, std::int64_t rows, std::int64_t channels,
                         const ActivationRow& row, const float* p, const float* q, const float* r) {
  for_runs(rows, runs_for(rows), [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    const auto kernel = row.quantize ? gradient_rows<true> : gradient_rows<false>;
    kernel(grad + begin * channels, y + begin * channels, dy + begin * channels, end - begin, channels, row, p, q, r);
  });
}

}  // namespace espalier::nn
