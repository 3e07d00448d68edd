#include <ATen/ATen.h>

#include "base/random.h"
#include "catch.h"
#include "schema/document.h"
#include "tasks/centroid_detection.h"
#include "tasks/scene.h"
#include "training/loss.h"
#include "training/made.h"

using namespace espalier;

namespace {

double value(const at::Tensor& outputs, std::vector<datasets::Box> boxes) {
  const auto loss = training::made<training::Loss>("loss", "{type: centroids, thing_weight: 10}");
  loss->prepare(tasks::CentroidDetection(0.5), tasks::Scene(16, 24), {3, 2, 3});
  datasets::Target target;
  target.boxes = std::move(boxes);
  const std::vector<datasets::Target> targets = {target};
  return loss->value(outputs, {outputs, targets, 0}).value.item<double>();
}

at::Tensor nothing_anywhere() {
  auto outputs = at::zeros({1, 3, 2, 3}, at::kDouble);
  outputs.select(1, 0).fill_(12);
  return outputs;
}

}  // namespace

TEST_CASE("the cell of a box's centre learns its class, the box's other cells nothing") {
  const std::vector<datasets::Box> box = {{1, 1, 22, 8, 1}};  // its centre lies in cell (0, 1)
  auto outputs = nothing_anywhere();
  CHECK(value(outputs, {}) < 1e-3);
  CHECK(value(outputs, box) > 5);
  outputs[0][2][0][1] = 24;
  CHECK(value(outputs, box) < 1e-3);
  outputs[0][1][0][0] = 40;  // a cup beside the middle of the cat: neither right nor wrong
  CHECK(value(outputs, box) < 1e-3);
  outputs[0][1][1][2] = 40;  // one where nothing is
  CHECK(value(outputs, box) > 1);
}

TEST_CASE("boxes to be ignored teach nothing") {
  auto outputs = nothing_anywhere();
  outputs[0][1][0][0] = 40;
  CHECK(value(outputs, {{0, 0, 8, 8, 0, true}}) < 1e-3);
}

TEST_CASE("a picture that is a crowd everywhere has a loss of 0") {
  CHECK(value(nothing_anywhere(), {{0, 0, 24, 16, 0, true}}) == 0);
}

TEST_CASE("the centroid loss has the gradient of its value") {
  Random random(3, "centroids");
  auto outputs = at::empty({1, 3, 2, 3}, at::kDouble);
  for (std::int64_t i = 0; i < outputs.numel(); ++i) outputs.mutable_data_ptr<double>()[i] = random.normal();
  outputs.set_requires_grad(true);
  const std::vector<datasets::Box> boxes = {{1, 1, 12, 8, 1}};
  const auto loss = training::made<training::Loss>("loss", "{type: centroids, thing_weight: 10}");
  loss->prepare(tasks::CentroidDetection(0.5), tasks::Scene(16, 24), {3, 2, 3});
  datasets::Target target;
  target.boxes = boxes;
  const std::vector<datasets::Target> targets = {target};
  loss->value(outputs, {outputs, targets, 0}).value.backward();
  for (std::int64_t i = 0; i < outputs.numel(); ++i) {
    auto up = outputs.detach().clone(), down = outputs.detach().clone();
    up.view({-1})[i] += 1e-5, down.view({-1})[i] -= 1e-5;
    const double slope = (value(up, boxes) - value(down, boxes)) / 2e-5;
    CHECK(outputs.grad().view({-1})[i].item<double>() == Approx(slope).margin(1e-6));
  }
}
