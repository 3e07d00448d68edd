// Gradients against finite differences.
#pragma once
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace espalier::testing {

/// The largest difference between the gradient of `f` at `x` (double) and its central differences, relative to the
/// gradient's largest element (at least 1e-3).
inline double gradient_error(const std::function<at::Tensor(const at::Tensor&)>& f, const at::Tensor& x,
                             double step = 1e-5) {
  const auto leaf = x.detach().clone().contiguous().requires_grad_();
  f(leaf).backward();
  const auto gradient = leaf.grad().contiguous();
  auto moved = x.detach().clone().contiguous();
  double worst = 0;
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    double* at = moved.data_ptr<double>() + i;
    const double here = *at;
    *at = here + step;
    const double above = f(moved).item<double>();
    *at = here - step;
    const double below = f(moved).item<double>();
    *at = here;
    worst = std::max(worst, std::abs((above - below) / (2 * step) - gradient.data_ptr<double>()[i]));
  }
  return worst / std::max(1e-3, gradient.abs().max().item<double>());
}

/// Fixed pseudo-random values of the shape in (-scale, scale), double: a hash of the element's index, not ATen's
/// generator.
inline at::Tensor fixed_values(at::IntArrayRef shape, double scale = 1, double seed = 0) {
  std::int64_t count = 1;
  for (const auto extent : shape) count *= extent;
  const auto index = at::arange(count, at::kDouble);
  const auto wave = at::sin(index * 12.9898 + seed * 78.233 + 1) * 43758.5453;
  return ((wave - wave.floor()) * 2 - 1).mul(scale).reshape(shape);
}

}  // namespace espalier::testing
