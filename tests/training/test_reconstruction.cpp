#include <ATen/ATen.h>

#include "base/error.h"
#include "base/random.h"
#include "catch.h"
#include "tasks/anomaly_detection.h"
#include "tasks/reconstruction.h"
#include "training/loss.h"
#include "training/made.h"

using namespace espalier;

namespace {

at::Tensor random_tensor(at::IntArrayRef shape, std::uint64_t seed) {
  Random random(seed, "reconstruction");
  auto made = at::empty(shape, at::kDouble);
  for (std::int64_t i = 0; i < made.numel(); ++i) made.mutable_data_ptr<double>()[i] = random.normal();
  return made;
}

at::Tensor value(const at::Tensor& outputs, const at::Tensor& x) {
  const std::vector<datasets::Target> targets(static_cast<std::size_t>(x.size(0)));
  return training::made<training::Loss>("loss", "{type: reconstruction}")->value(outputs, {x, targets, 0}).value;
}

}  // namespace

TEST_CASE("the loss is nothing where the input is given back, flat ones with channels last") {
  const auto x = random_tensor({3, 2, 4, 5}, 1);
  CHECK(value(x, x).item<double>() == 0);
  CHECK(value(x.permute({0, 2, 3, 1}).reshape({3, 40}), x).item<double>() == 0);
  CHECK(value(x.flatten(1), x).item<double>() > 0.1);
  CHECK(value(x + 2, x).item<double>() == Approx(4));
}

TEST_CASE("the loss is the mean of the scores that samples will have") {
  const auto x = random_tensor({4, 2, 3, 1}, 2).to(at::kFloat), outputs = random_tensor({4, 6}, 3).to(at::kFloat);
  double sum = 0;
  for (std::int64_t i = 0; i < 4; ++i) {
    const auto in = x[i].contiguous(), out = outputs[i].contiguous();
    sum +=
        tasks::reconstruction_error({2, 3, 1}, {in.const_data_ptr<float>(), 6}, {6}, {out.const_data_ptr<float>(), 6});
  }
  CHECK(value(outputs, x).item<double>() == Approx(sum / 4).epsilon(1e-5));
}

TEST_CASE("the loss of reconstruction has the gradient of its value") {
  const auto x = random_tensor({2, 2, 3, 1}, 4);
  auto outputs = random_tensor({2, 6}, 5);
  outputs.set_requires_grad(true);
  value(outputs, x).backward();
  for (std::int64_t i = 0; i < outputs.numel(); ++i) {
    auto up = outputs.detach().clone(), down = outputs.detach().clone();
    up.view({-1})[i] += 1e-5, down.view({-1})[i] -= 1e-5;
    CHECK(outputs.grad().view({-1})[i].item<double>() ==
          Approx((value(up, x) - value(down, x)).item<double>() / 2e-5).margin(1e-6));
  }
}
