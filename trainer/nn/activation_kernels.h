// Kernels of the fused layer behind a convolution: batch norm, clamp, observer and fake quantization in one pass over
// memory. Channels-last float rows; CPU only. activation_kernels.cpp is compiled with OpenMP, so that at::parallel_for
// is parallel.
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace espalier::nn {

/// out = fq(clamp(a[c] * y + b[c])). Everything is per channel but the encoding.
struct ActivationRow {
  const float* a = nullptr;  ///< [channels]
  const float* b = nullptr;
  float clamp_low = -std::numeric_limits<float>::infinity(), clamp_high = std::numeric_limits<float>::infinity();
  bool quantize = false;
  float scale = 1, zero_point = 0, low = -128, high = 127;
};

/// Sum and sum of squares of each channel over rows, in double: [2 * channels].
std::vector<double> channel_moments(const float* y, std::int64_t rows, std::int64_t channels);

struct MinMax {
  float low = std::numeric_limits<float>::infinity(), high = -std::numeric_limits<float>::infinity();
};

/// y, out: [rows, channels]. With `observe`, returns the range of clamp(a y + b) before quantization.
MinMax activate(const float* y, float* out, std::int64_t rows, std::int64_t channels, const ActivationRow& row,
                bool observe);

/// The gradient reaches z = a y + b where the clamp and the encoding let it pass: dz. Returns sum(dz) and sum(dz * y):
/// [2 * channels].
std::vector<double> activation_gradient_sums(const float* grad, const float* y, std::int64_t rows,
                                             std::int64_t channels, const ActivationRow& row);

/// factors: [samples, elements], each 0 with probability p (to 1/65536) and else what keeps the mean. A sample's are a
/// function of (seed, purpose, step, its place in the batch).
void dropout_factors(float* factors, std::int64_t samples, std::int64_t elements, double p, std::uint64_t seed,
                     const std::string& purpose, std::uint64_t step);

/// dy = p[c] * dz + q[c] * y + r[c].
void activation_gradient(const float* grad, const float* y, float* dy, std::int64_t rows, std::int64_t channels,
                         const ActivationRow& row, const float* p, const float* q, const float* r);

}  // namespace espalier::nn
