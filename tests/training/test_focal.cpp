#include <ATen/ATen.h>

#include <cmath>

#include "catch.h"
#include "training/prepared_loss.h"

using namespace espalier;
using training::of;

namespace {

/// Of two samples.
double loss_of(const std::string& yaml, const at::Tensor& outputs, double smoothing = 0) {
  const std::vector<datasets::Target> targets = {of(0), of(2)};
  return training::prepared_loss(yaml)->value(outputs, {outputs, targets, smoothing}).value.item<double>();
}

const std::vector<float> logits = {2, 1, 0, 0.5F, 0, 1};

at::Tensor outputs() { return at::tensor(logits).view({2, 3}); }

double minus_log(std::size_t row, std::size_t label) {
  double sum = 0;
  for (std::size_t c = 0; c < 3; ++c) sum += std::exp(logits[3 * row + c]);
  return std::log(sum) - logits[3 * row + label];
}

}  // namespace

TEST_CASE("focal loss weighs each sample by (1 - p)^gamma") {
  const double first = minus_log(0, 0), second = minus_log(1, 2);
  const auto hard = [](double loss) { return std::pow(1 - std::exp(-loss), 2) * loss; };
  CHECK(loss_of("focal", outputs()) == Approx((hard(first) + hard(second)) / 2));
}

TEST_CASE("focal loss of gamma 0 is cross entropy, with class weights and label smoothing too") {
  for (const auto* weights : {"", ", class_weights: [1, 2, 5]", ", class_weights: balanced"}) {
    const auto focal = "{type: focal, gamma: 0" + std::string(weights) + "}";
    CHECK(loss_of(focal, outputs()) == Approx(loss_of("{type: cross_entropy" + std::string(weights) + "}", outputs())));
  }
  CHECK(loss_of("{type: focal, gamma: 0}", outputs(), 0.3) == Approx(loss_of("cross_entropy", outputs(), 0.3)));
}

TEST_CASE("focal loss passes finite gradients, where it is sure as well") {
  const auto sure = (outputs() * 100).set_requires_grad(true);
  const auto loss = training::prepared_loss("{type: focal, gamma: 0.5}");
  const std::vector<datasets::Target> targets = {of(0), of(2)};
  const auto lost = loss->value(sure, {sure, targets, 0});
  lost.value.backward();
  CHECK(sure.grad().isfinite().all().item<bool>());
  CHECK(lost.measured.at("accuracy") == Approx(1));
}
