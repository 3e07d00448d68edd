#include <ATen/ATen.h>

#include <cmath>

#include "catch.h"
#include "training/prepared_loss.h"

using namespace espalier;
using training::of;

namespace {

double loss_of(const at::Tensor& outputs, const std::vector<datasets::Target>& targets, double smoothing = 0) {
  const auto loss = training::made<training::Loss>("loss", "cross_entropy");
  return loss->value(outputs, {outputs, targets, smoothing}).value.item<double>();
}

}  // namespace

TEST_CASE("cross entropy is minus the log of the label's softmax") {
  const auto outputs = at::tensor({1.0f, 2.0f, 0.0f, 0.5f}).view({2, 2});
  const double first = std::log1p(std::exp(1.0)), second = std::log1p(std::exp(0.5));
  CHECK(loss_of(outputs, {of(0), of(1)}) == Approx((first + std::log1p(std::exp(-0.5))) / 2));
  CHECK(loss_of(outputs, {of(0), of(0)}) == Approx((first + second) / 2));
}

TEST_CASE("shares of mixed samples weigh their classes; a whole share is a label") {
  const auto outputs = at::tensor({1.0f, 2.0f, 0.0f, 0.5f}).view({2, 2});
  const double zero = loss_of(outputs, {of(0), of(1)}), one = loss_of(outputs, {of(1), of(1)});
  CHECK(loss_of(outputs, {of(0, {0.7f, 0.3f}), of(1)}) == Approx(0.7 * zero + 0.3 * one));
  CHECK(loss_of(outputs, {of(0, {1, 0}), of(1, {0, 1})}, 0.2) == Approx(loss_of(outputs, {of(0), of(1)}, 0.2)));
}

TEST_CASE("cross entropy measures accuracy and passes gradients") {
  const auto outputs = at::tensor({1.0f, 2.0f, 0.0f, 0.5f}).view({2, 2}).set_requires_grad(true);
  const std::vector<datasets::Target> targets = {of(0), of(1)};
  const auto lost = training::made<training::Loss>("loss", "cross_entropy")->value(outputs, {outputs, targets, 0});
  CHECK(lost.measured.at("accuracy") == Approx(0.5));
  lost.value.backward();
  const double share = 1 / (1 + std::exp(1.0));
  CHECK(outputs.grad()[0][0].item<double>() == Approx((share - 1) / 2));
}

TEST_CASE("class weights make the weighted mean; a batch in which nothing weighs loses nothing") {
  const auto outputs = at::tensor({1.0f, 2.0f, 0.0f, 0.5f, 0.0f, 1.0f}).view({2, 3});
  const auto of_labels = [&](const std::string& weights, std::int64_t first, std::int64_t second) {
    const std::vector<datasets::Target> targets = {of(first), of(second)};
    const auto loss = training::prepared_loss("{type: cross_entropy, class_weights: " + weights + "}");
    return loss->value(outputs, {outputs, targets, 0}).value.item<double>();
  };
  const double zero = of_labels("[1, 0, 0]", 0, 1), two = of_labels("[0, 0, 1]", 0, 2);  // of one sample each
  CHECK(of_labels("balanced", 0, 2) == Approx((0.5 * zero + 2 * two) / 2.5));
  CHECK(of_labels("[1, 0, 3]", 0, 2) == Approx((zero + 3 * two) / 4));
  CHECK(of_labels("[1, 0, 0]", 1, 2) == 0);
}
