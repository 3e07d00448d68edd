#include "quantization/affine.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/text.h"

namespace espalier::quantization {
namespace {
constexpr double narrowest = 1e-6;    // of an activation's range; below, the tensor is as good as constant 0
constexpr double headroom = 1 << 30;  // of int32, half of it for what is accumulated beside the bias
constexpr double largest_scale = 1e38;
}  // namespace

compression::Encoding activation_encoding(compression::Range range, bool symmetric, const std::string& name,
                                          const at::Device& device) {
  if (!std::isfinite(range.low) || !std::isfinite(range.high))
    fail(concat("the range of activation '", name, "' is [", range.low, ", ", range.high,
                "]: it was never observed, or training has diverged"));
  double low = std::min(range.low, 0.0), high = std::max(range.high, 0.0);
  if (high - low < narrowest) high = low + 1;
  compression::Encoding encoding;
  encoding.low = symmetric ? -127 : -128;
  const double span = symmetric ? 2 * std::max(-low, high) : high - low;
  const auto scale = static_cast<float>(span / static_cast<double>(encoding.high - encoding.low));
  const double nudged = std::nearbyint(static_cast<double>(encoding.low) - low / static_cast<double>(scale));
  const auto zero_point = symmetric ? 0 : static_cast<int>(std::clamp(nudged, -128.0, 127.0));
  encoding.scale = at::scalar_tensor(scale, at::TensorOptions(at::kFloat).device(device));
  encoding.zero_point = at::scalar_tensor(zero_point, at::TensorOptions(at::kInt).device(device));
  return encoding;
}

compression::Encoding activation_encoding(const graph::FixedEncoding& fixed, const at::Device& device) {
  return {at::scalar_tensor(fixed.scale, at::TensorOptions(at::kFloat).device(device)),
          at::scalar_tensor(fixed.zero_point, at::TensorOptions(at::kInt).device(device))};
}

compression::Encoding weight_encoding(const at::Tensor& weight, int axis, const ScaleFloor& floor, int largest) {
  at::NoGradGuard no_grad;
  std::vector<std::int64_t> others;
  for (std::int64_t i = 0; i < weight.dim(); ++i)
    if (i != axis) others.push_back(i);
  const auto farthest =
      at::linalg_vector_norm(weight.detach(), std::numeric_limits<double>::infinity(), others).to(at::kDouble);
  auto least = floor.bias.defined() ? floor.bias.abs().clamp_min(floor.output_scale)
                                    : at::full_like(farthest, floor.output_scale);
  least = least / (floor.input_scale * headroom);
  if (floor.factor.defined())
    least = least / at::where(floor.factor == 0, at::ones_like(floor.factor), floor.factor.abs());
  compression::Encoding encoding;
  encoding.low = -largest;
  encoding.high = largest;
  encoding.axis = axis;
  encoding.scale = at::maximum(farthest / largest, least).clamp_max(largest_scale).to(at::kFloat);
  encoding.zero_point = at::zeros(encoding.scale.sizes(), encoding.scale.options().dtype(at::kInt));
  return encoding;
}

}  // namespace espalier::quantization
