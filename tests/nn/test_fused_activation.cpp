#include <ATen/ATen.h>

#include <cmath>

#include "catch.h"
#include "nn/fused_activation.h"

using namespace espalier;

namespace {

struct Case {
  std::vector<std::int64_t> shape;
  bool batch_norm = true, batch_statistics = true;
  double low = -INFINITY, high = INFINITY;
  bool encoded = false;
};

struct Run {
  at::Tensor value, dy, d_gamma, d_beta, mean, variance;
  compression::Range range;
};

at::Tensor noise(std::vector<std::int64_t> shape, std::uint64_t seed) {
  auto tensor = at::empty(shape);
  auto* values = tensor.mutable_data_ptr<float>();
  std::uint64_t state = seed * 2654435761u + 1;
  for (std::int64_t i = 0; i < tensor.numel(); ++i) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    values[i] = static_cast<float>(static_cast<double>(state >> 40) / (1 << 23) - 1.0) * 3;
  }
  return tensor;
}

template <class Activate>
Run run(const Case& c, const Activate& activate) {
  const auto channels = c.shape[1];
  auto y = noise(c.shape, 1).set_requires_grad(true);
  nn::BatchNormTensors bn{(noise({channels}, 2) * 0.3 + 1).set_requires_grad(true),
                          noise({channels}, 3).set_requires_grad(true), noise({channels}, 4) * 0.1,
                          noise({channels}, 5).abs() + 0.5};
  bn.use_batch_statistics = c.batch_statistics;
  compression::Encoding encoding{at::scalar_tensor(0.031), at::scalar_tensor(-128, at::kInt)};
  if (c.low < 0) encoding.zero_point = at::scalar_tensor(-7, at::kInt);
  nn::ActivationOptions options{c.low, c.high, c.encoded ? &encoding : nullptr, true};
  const auto out = activate(y, c.batch_norm ? std::optional(bn) : std::nullopt, options);
  (out.value * noise(c.shape, 6)).sum().backward();
  return {out.value.detach(),  y.grad(), bn.gamma.grad(), bn.beta.grad(), bn.running_mean,
          bn.running_variance, out.range};
}

bool near(const at::Tensor& a, const at::Tensor& b, double tolerance) {
  if (!a.defined() || !b.defined()) return a.defined() == b.defined();
  return (a - b).abs().max().item<double>() <= tolerance * (1 + b.abs().max().item<double>());
}

}  // namespace

TEST_CASE("the fused activation is the plain one: values, gradients, statistics, ranges") {
  std::vector<Case> cases;
  for (const auto& shape : {std::vector<std::int64_t>{8, 5, 7, 3}, {32, 16, 25, 5}, {3, 1, 4, 4}, {64, 12}})
    for (const bool batch_norm : {true, false})
      for (const bool statistics : {true, false})
        for (const double low : {-double{INFINITY}, 0.0})
          for (const double high : {double{INFINITY}, 6.0}) {
            if (low < 0 && high < INFINITY) continue;
            for (const bool encoded : {true, false})
              cases.push_back({shape, batch_norm, statistics, low, high, encoded});
          }
  for (const auto& c : cases) {
    INFO("channels " << c.shape[1] << " bn " << c.batch_norm << " stats " << c.batch_statistics << " low " << c.low
                     << " high " << c.high << " encoded " << c.encoded);
    const auto fused = run(c, nn::activate), plain = run(c, nn::activate_reference);
    // A value that falls on a rounding tie may land one step apart; the scale is 0.031.
    const auto gap = (fused.value - plain.value).abs();
    CHECK(gap.max().item<double>() <= (c.encoded ? 0.0311 : 1e-4));
    CHECK(gap.gt(1e-4).to(at::kFloat).mean().item<double>() <= (c.encoded ? 0.002 : 0.0));
    CHECK(fused.range.low == Approx(plain.range.low).margin(1e-4));
    CHECK(fused.range.high == Approx(plain.range.high).margin(1e-4));
    CHECK(near(fused.mean, plain.mean, 1e-5));
    CHECK(near(fused.variance, plain.variance, 1e-5));
    CHECK(near(fused.dy, plain.dy, 1e-3));
    CHECK(near(fused.d_gamma, plain.d_gamma, 1e-3));
    CHECK(near(fused.d_beta, plain.d_beta, 1e-3));
  }
}

TEST_CASE("the fused batch norm's gradient agrees with finite differences") {
  const std::vector<std::int64_t> shape = {6, 3, 2, 2};
  const auto weights = noise(shape, 9);
  const auto value = [&](const at::Tensor& y, const at::Tensor& gamma) {
    nn::BatchNormTensors bn{gamma, at::zeros({3}), at::zeros({3}), at::ones({3})};
    return (nn::activate(y, bn, {0.0}).value * weights).sum();
  };
  auto y = noise(shape, 7).set_requires_grad(true), gamma = (at::ones({3}) * 1.3).set_requires_grad(true);
  value(y, gamma).backward();
  const double step = 1e-2;
  for (const std::int64_t i : {0, 17, 40, 71}) {
    auto up = y.detach().clone(), down = y.detach().clone();
    up.view(-1)[i] += step;
    down.view(-1)[i] -= step;
    const double numeric = (value(up, gamma.detach()) - value(down, gamma.detach())).item<double>() / (2 * step);
    CHECK(y.grad().view(-1)[i].item<double>() == Approx(numeric).margin(2e-2));
  }
}

TEST_CASE("gamma of zero gives zeros and finite gradients") {
  nn::BatchNormTensors bn{at::zeros({4}).set_requires_grad(true), at::zeros({4}).set_requires_grad(true),
                          at::zeros({4}), at::ones({4})};
  auto y = noise({5, 4, 3, 3}, 8).set_requires_grad(true);
  nn::activate(y, bn, {0.0}).value.sum().backward();
  CHECK(y.grad().isfinite().all().item<bool>());
  CHECK(bn.gamma.grad().isfinite().all().item<bool>());
}

TEST_CASE("a value that is not a number stays one through clamp and encoding, so that the loss shows it") {
  const compression::Encoding encoding{at::scalar_tensor(0.05), at::scalar_tensor(-128, at::kInt)};
  for (const auto* used : {static_cast<const compression::Encoding*>(nullptr), &encoding}) {
    auto y = noise({2, 4, 3, 3}, 9);
    y[1][2][0][1] = std::nanf("");
    const auto out = nn::activate(y, std::nullopt, {0.0, 6.0, used, false}).value;
    CHECK(out[1][2][0][1].isnan().item<bool>());
    CHECK(out.isnan().sum().item<std::int64_t>() == 1);
  }
}
