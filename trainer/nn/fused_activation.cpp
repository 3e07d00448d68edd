#include "nn/fused_activation.h"

#include <torch/csrc/autograd/custom_function.h>

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "nn/activation_kernels.h"

namespace espalier::nn {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Channels innermost, whatever the tensor's own idea of its strides (they are ambiguous where an extent is 1).
Tensor channels_last(const Tensor& x) {
  return x.dim() == 4 ? x.contiguous(at::MemoryFormat::ChannelsLast) : x.contiguous();
}

struct Coefficients {
  Tensor a, b, mean, inverse_deviation;  // [C]; mean and deviation only with batch statistics
};

Coefficients from_batch(const Tensor& y, std::int64_t rows, BatchNormTensors& bn) {
  const auto channels = y.size(1);
  const auto sums = channel_moments(y.const_data_ptr<float>(), rows, channels);
  Coefficients k{at::empty({channels}), at::empty({channels}), at::empty({channels}), at::empty({channels})};
  const auto* gamma = bn.gamma.const_data_ptr<float>();
  const auto* beta = bn.beta.const_data_ptr<float>();
  auto* running_mean = bn.running_mean.mutable_data_ptr<float>();
  auto* running_variance = bn.running_variance.mutable_data_ptr<float>();
  const auto n = static_cast<double>(rows);
  for (std::int64_t c = 0; c < channels; ++c) {
    const auto i = static_cast<std::size_t>(c);
    const double mean = sums[i] / n,
                 variance = std::max(sums[i + static_cast<std::size_t>(channels)] / n - mean * mean, 0.0);
    const double inverse = 1.0 / std::sqrt(variance + bn.epsilon);
    k.mean.mutable_data_ptr<float>()[c] = static_cast<float>(mean);
    k.inverse_deviation.mutable_data_ptr<float>()[c] = static_cast<float>(inverse);
    k.a.mutable_data_ptr<float>()[c] = static_cast<float>(gamma[c] * inverse);
    k.b.mutable_data_ptr<float>()[c] = static_cast<float>(beta[c] - gamma[c] * inverse * mean);
    running_mean[c] += static_cast<float>(bn.momentum * (mean - running_mean[c]));
    const double unbiased = rows > 1 ? variance * n / (n - 1) : variance;
    running_variance[c] += static_cast<float>(bn.momentum * (unbiased - running_variance[c]));
  }
  return k;
}

Coefficients from_running(const BatchNormTensors& bn) {
  const auto inverse = (bn.running_variance + bn.epsilon).rsqrt();
  const auto a = bn.gamma.detach() * inverse;
  return {a, bn.beta.detach() - a * bn.running_mean, bn.running_mean, inverse};
}

struct Setup {
  bool has_batch_norm = false, batch_statistics = false;
  double clamp_low = 0, clamp_high = 0;
  bool quantize = false, observe = false;
  float scale = 1, zero_point = 0, low = 0, high = 0;
};

ActivationRow row_of(const Setup& s, const Tensor& a, const Tensor& b) {
  return {a.const_data_ptr<float>(),
          b.const_data_ptr<float>(),
          static_cast<float>(s.clamp_low),
          static_cast<float>(s.clamp_high),
          s.quantize,
          s.scale,
          s.zero_point,
          s.low,
          s.high};
}

struct FusedActivation : torch::autograd::Function<FusedActivation> {
  static Tensor forward(AutogradContext* context, const Tensor& y_in, const Tensor& gamma, const Tensor& beta,
                        BatchNormTensors* bn, const Setup& setup, MinMax* range) {
    const Tensor y = channels_last(y_in);
    const auto channels = y.size(1), rows = y.numel() / channels;
    Coefficients k;
    if (!setup.has_batch_norm)
      k = {at::ones({channels}), at::zeros({channels}), {}, {}};
    else
      k = setup.batch_statistics ? from_batch(y, rows, *bn) : from_running(*bn);
    Tensor out = at::empty_like(y);
    *range = activate(y.const_data_ptr<float>(), out.mutable_data_ptr<float>(), rows, channels, row_of(setup, k.a, k.b),
                      setup.observe);
    context->save_for_backward(
        {y, k.a, k.b, setup.has_batch_norm ? k.mean.clone() : k.a, setup.has_batch_norm ? k.inverse_deviation : k.a});
    auto& saved = context->saved_data;
    saved["numbers"] =
        std::vector<double>{setup.clamp_low, setup.clamp_high, setup.scale, setup.zero_point, setup.low, setup.high};
    saved["flags"] = std::vector<std::int64_t>{setup.has_batch_norm, setup.batch_statistics, setup.quantize};
    return out;
  }

  static Setup setup_of(AutogradContext* context) {
    const auto numbers = context->saved_data["numbers"].toDoubleVector();
    const auto flags = context->saved_data["flags"].toIntVector();
    return {flags[0] != 0,
            flags[1] != 0,
            numbers[0],
            numbers[1],
            flags[2] != 0,
            false,
            static_cast<float>(numbers[2]),
            static_cast<float>(numbers[3]),
            static_cast<float>(numbers[4]),
            static_cast<float>(numbers[5])};
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &y = saved[0], &a = saved[1], &b = saved[2], &mean = saved[3], &inverse = saved[4];
    const Setup setup = setup_of(context);
    const auto channels = y.size(1), rows = y.numel() / channels;
    const Tensor grad = channels_last(gradients[0]);
    const auto row = row_of(setup, a, b);
    Tensor d_gamma, d_beta, p = a, q = at::zeros({channels}), r = at::zeros({channels});
    if (setup.has_batch_norm) {
      const auto sums =
          activation_gradient_sums(grad.const_data_ptr<float>(), y.const_data_ptr<float>(), rows, channels, row);
      d_gamma = at::empty({channels});
      d_beta = at::empty({channels});
      for (std::int64_t c = 0; c < channels; ++c) {
        const auto i = static_cast<std::size_t>(c);
        const double m = mean.const_data_ptr<float>()[c], s = inverse.const_data_ptr<float>()[c],
                     scale = a.const_data_ptr<float>()[c];
        const double sum = sums[i], gamma_gradient = s * (sums[i + static_cast<std::size_t>(channels)] - m * sum);
        d_beta.mutable_data_ptr<float>()[c] = static_cast<float>(sum);
        d_gamma.mutable_data_ptr<float>()[c] = static_cast<float>(gamma_gradient);
        if (!setup.batch_statistics) continue;
        const double n = static_cast<double>(rows);
        q.mutable_data_ptr<float>()[c] = static_cast<float>(-scale * s * gamma_gradient / n);
        r.mutable_data_ptr<float>()[c] = static_cast<float>(-scale * (sum / n - m * s * gamma_gradient / n));
      }
    }
    Tensor dy = at::empty_like(y);
    activation_gradient(grad.const_data_ptr<float>(), y.const_data_ptr<float>(), dy.mutable_data_ptr<float>(), rows,
                        channels, row, p.const_data_ptr<float>(), q.const_data_ptr<float>(), r.const_data_ptr<float>());
    return {dy, d_gamma, d_beta, Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

Activated activate(const Tensor& y, const std::optional<BatchNormTensors>& batch_norm,
                   const ActivationOptions& options) {
  if (!y.is_cpu() || y.scalar_type() != at::kFloat) return activate_reference(y, batch_norm, options);
  Setup setup;
  setup.has_batch_norm = batch_norm.has_value();
  setup.batch_statistics = batch_norm && batch_norm->use_batch_statistics;
  setup.clamp_low = options.clamp_low;
  setup.clamp_high = options.clamp_high;
  setup.observe = options.observe;
  if (options.encoding && options.encoding->enabled) {
    setup.quantize = true;
    setup.scale = options.encoding->scale.item<float>();
    setup.zero_point = static_cast<float>(options.encoding->zero_point.item<int>());
    setup.low = static_cast<float>(options.encoding->low);
    setup.high = static_cast<float>(options.encoding->high);
  }
  MinMax range;
  auto tensors = batch_norm.value_or(BatchNormTensors{});
  // An autograd node does not take undefined tensors.
  if (!batch_norm) tensors.gamma = tensors.beta = at::empty({0});
  Tensor value = FusedActivation::apply(y, tensors.gamma, tensors.beta, &tensors, setup, &range);
  return {value, {range.low, range.high}};
}

Activated activate_reference(const Tensor& y, const std::optional<BatchNormTensors>& bn,
                             const ActivationOptions& options) {
  Tensor z = y;
  if (bn)
    z = at::batch_norm(y, bn->gamma, bn->beta, bn->running_mean, bn->running_variance, bn->use_batch_statistics,
                       bn->momentum, bn->epsilon, false);
  if (std::isfinite(options.clamp_low) && std::isfinite(options.clamp_high))
    z = at::hardtanh(z, options.clamp_low, options.clamp_high);  // at::clamp passes gradients at its bounds
  else if (std::isfinite(options.clamp_low))
    z = options.clamp_low == 0 ? at::relu(z) : at::clamp_min(z, options.clamp_low);
  Activated out{z, {}};
  if (options.observe) out.range = {z.min().item<double>(), z.max().item<double>()};
  if (options.encoding && options.encoding->enabled) {
    const auto& e = *options.encoding;
    out.value = at::fake_quantize_per_tensor_affine(z, e.scale.item<double>(), e.zero_point.item<std::int64_t>(), e.low,
                                                    e.high);
  }
  return out;
}

}  // namespace espalier::nn
