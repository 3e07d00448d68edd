// The fused layer behind a convolution, as one autograd node; and the same in plain ATen operators, which tests hold it
// to.
#pragma once
#include <ATen/core/Tensor.h>

#include <limits>
#include <optional>

#include "compression/model.h"

namespace espalier::nn {

/// Batch norm's tensors, each [C]. The running ones are updated in place when `use_batch_statistics` is on.
struct BatchNormTensors {
  at::Tensor gamma, beta, running_mean, running_variance;
  double epsilon = 1e-5, momentum = 0.1;
  bool use_batch_statistics = true;
};

struct ActivationOptions {
  double clamp_low = -std::numeric_limits<double>::infinity(), clamp_high = std::numeric_limits<double>::infinity();
  const compression::Encoding* encoding = nullptr;  ///< per tensor; null: stays float
  bool observe = false;
};

struct Activated {
  at::Tensor value;
  compression::Range range;  ///< of the value before its encoding, when observed
};

/// fq(clamp(batch_norm(y))) of y [N, C, H, W] or [N, C], float32. The gradient of the fake quantizer is straight
/// through inside its range, zero outside (Jacob et al. 2018, arXiv:1712.05877). On the CPU one fused kernel in
/// channels-last layout, elsewhere the reference.
Activated activate(const at::Tensor& y, const std::optional<BatchNormTensors>& batch_norm,
                   const ActivationOptions& options);

/// The same by at::batch_norm, at::hardtanh and at::fake_quantize_per_tensor_affine; any device.
Activated activate_reference(const at::Tensor& y, const std::optional<BatchNormTensors>& batch_norm,
                             const ActivationOptions& options);

}  // namespace espalier::nn
