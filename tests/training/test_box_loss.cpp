#include <ATen/ATen.h>

#include <cmath>

#include "base/random.h"
#include "catch.h"
#include "schema/document.h"
#include "tasks/object_detection.h"
#include "tasks/scene.h"
#include "training/loss.h"
#include "training/made.h"

using namespace espalier;

namespace {

/// A cup on four cells and a cat on one.
struct CupAndCat final : tasks::Scene {
  CupAndCat() : Scene(16, 24) {}
  static std::vector<datasets::Box> boxes() { return {{0, 0, 16, 16, 0}, {17, 1, 23, 7, 1}}; }
  datasets::Target target(datasets::Split, std::int64_t) const override {
    datasets::Target target;
    target.boxes = boxes();
    return target;
  }
};

const tasks::ObjectDetection task("mAP50", 0, {});

std::shared_ptr<training::Loss> loss_of(const std::string& yaml, const datasets::Dataset& data = tasks::Scene(16, 24)) {
  auto loss = training::made<training::Loss>("loss", yaml);
  loss->prepare(task, data, {7, 2, 3});
  return loss;
}

std::vector<datasets::Target> targets_of(std::vector<datasets::Box> boxes) {
  datasets::Target target;
  target.boxes = std::move(boxes);
  return {target, {}};
}

at::Tensor random_outputs(std::uint64_t seed) {
  Random random(seed, "outputs");
  auto outputs = at::empty({2, 7, 2, 3}, at::kDouble);
  for (std::int64_t i = 0; i < outputs.numel(); ++i) outputs.mutable_data_ptr<double>()[i] = random.normal();
  return outputs;
}

double value(const training::Loss& loss, const at::Tensor& outputs, const std::vector<datasets::Target>& targets) {
  return loss.value(outputs, {outputs, targets, 0}).value.item<double>();
}

}  // namespace

TEST_CASE("the box loss has the gradient of its value") {
  const auto targets = targets_of({{1, 2, 14, 13, 1}, {15, 1, 23, 9, 0}, {0, 8, 7, 16, 0, true}});
  for (const char* yaml : {"boxes", "{type: boxes, quality: centre_ness, gamma: 1.5, radius: 0.8}"}) {
    INFO(yaml);
    const auto loss = loss_of(yaml);
    auto outputs = random_outputs(4).set_requires_grad(true);
    loss->value(outputs, {outputs, targets, 0}).value.backward();
    const auto gradient = outputs.grad().clone();
    CHECK(gradient.abs().max().item<double>() > 0.01);
    const double step = 1e-5;
    const bool detached = std::string(yaml) == "boxes";  // the quality learns an overlap that gives no gradient
    for (std::int64_t i = 0; i < outputs.numel(); ++i) {
      if (detached && (i / 6) % 7 >= 2 && (i / 6) % 7 < 6) continue;
      auto up = outputs.detach().clone(), down = outputs.detach().clone();
      up.view({-1})[i] += step, down.view({-1})[i] -= step;
      const double slope = (value(*loss, up, targets) - value(*loss, down, targets)) / (2 * step);
      CHECK(gradient.view({-1})[i].item<double>() == Approx(slope).margin(2e-4).epsilon(1e-3));
    }
  }
}

TEST_CASE("outputs that say the boxes exactly cost almost nothing, and less than others") {
  const datasets::Box box{1, 2, 14, 13, 1};
  auto outputs = at::full({2, 7, 2, 3}, -12.0, at::kDouble);
  // Cells (0, 0) with its centre at (4, 4) and (1, 0) at (4, 12), (0, 1) at (12, 4), (1, 1) at (12, 12).
  for (const std::int64_t row : {0, 1})
    for (const std::int64_t column : {0, 1}) {
      const double x = 8.0 * static_cast<double>(column) + 4, y = 8.0 * static_cast<double>(row) + 4;
      const auto cell = outputs[0].select(1, row).select(1, column);
      cell[1] = 12, cell[6] = 12;
      cell[2] = (x - 1) / 8, cell[3] = (y - 2) / 8, cell[4] = (14 - x) / 8, cell[5] = (13 - y) / 8;
    }
  const auto loss = loss_of("boxes");
  CHECK(value(*loss, outputs, targets_of({box})) < 1e-3);
  auto worse = outputs.clone();
  worse[0][2][0][0] += 0.5;
  CHECK(value(*loss, worse, targets_of({box})) > value(*loss, outputs, targets_of({box})) + 0.05);
}

TEST_CASE("ignored boxes teach nothing, pictures without boxes that nothing is there") {
  const auto loss = loss_of("boxes");
  auto outputs = at::full({2, 7, 2, 3}, -12.0, at::kDouble);
  outputs[0][0][0][0] = 9;  // sure of a cup where one is to be ignored
  CHECK(value(*loss, outputs, targets_of({{0, 0, 8, 8, 0, true}})) < 1e-3);
  CHECK(value(*loss, outputs, targets_of({})) > 1);
  CHECK(std::isfinite(value(*loss, outputs, targets_of({}))));
}

TEST_CASE("a box smaller than a cell is learned by the cell that holds its centre") {
  const auto loss = loss_of("boxes");
  const auto targets = targets_of({{17, 1, 18.5, 2.5, 0}});
  auto outputs = at::zeros({2, 7, 2, 3}, at::kDouble).set_requires_grad(true);
  loss->value(outputs, {outputs, targets, 0}).value.backward();
  CHECK(outputs.grad()[0][2][0][2].abs().item<double>() > 0.01);
  CHECK(outputs.grad()[0][2][0][1].item<double>() == 0);
}

TEST_CASE("balance lets rare classes weigh more, by the cells that they have in the training pictures") {
  const auto targets = targets_of(CupAndCat::boxes());
  const auto gradient = [&](const std::string& balance) {
    auto outputs = random_outputs(5).set_requires_grad(true);
    loss_of("{type: boxes, balance: " + balance + "}", CupAndCat())
        ->value(outputs, {outputs, targets, 0})
        .value.backward();
    return outputs.grad().clone();
  };
  const auto even = gradient("0");
  for (const double balance : {0.5, 1.0}) {
    INFO(balance);
    const double cup = std::pow(4, -balance), cat = 1, both = 5 / (4 * cup + cat);  // 1 in the mean over five cells
    const auto rare = gradient(std::to_string(balance));
    const auto scaled = [&](const at::Tensor& part, const at::Tensor& whole, double weight) {
      CHECK(whole.abs().max().item<double>() > 0.01);
      CHECK(at::allclose(part, whole * weight, 1e-9, 1e-12));
    };
    scaled(rare.select(1, 0), even.select(1, 0), cup * both);
    scaled(rare.select(1, 1), even.select(1, 1), cat * both);
    const auto of_cell = [](const at::Tensor& all, int row, int column) {
      return all[0].select(1, row).select(1, column).narrow(0, 2, 5);
    };
    scaled(of_cell(rare, 1, 0), of_cell(even, 1, 0), cup * both);
    scaled(of_cell(rare, 0, 2), of_cell(even, 0, 2), cat * both);
  }
}

TEST_CASE("the box loss is for object detection alone") {
  struct Other final : tasks::Task {
    tasks::Metric metric() const override { return {}; }
    std::string default_loss() const override { return ""; }
    std::string objection(const graph::Shape&, const datasets::Dataset&) const override { return ""; }
    tasks::Score score(const tasks::Answers&, const datasets::Dataset&) const override { return {}; }
    Json report(const tasks::Answers&, const datasets::Dataset&) const override { return {}; }
  } other;
  const auto loss = training::made<training::Loss>("loss", "boxes");
  CHECK_THROWS_AS(loss->prepare(other, tasks::Scene(16, 24), {7, 2, 3}), Error);
}
