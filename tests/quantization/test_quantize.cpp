#include <ATen/ATen.h>

#include <cmath>

#include "catch.h"
#include "compression/fake_model.h"

namespace espalier::quantization {
void enlist(schema::Registry& registry);
}

using namespace espalier;
using compression::Modifier;

static const std::string small = R"(
name: small
layers:
  - { type: conv2d, name: stem, out: 4, kernel: 3 }
  - batch_norm
  - relu
  - { type: max_pool2d, name: pool, kernel: 2, stride: 2 }
  - flatten
  - { type: linear, name: head, out: classes }
)";

static std::shared_ptr<Modifier> quantize(
    const std::string& yaml = "{type: quantize, observer: {type: moving_average, momentum: 0.5}}") {
  schema::Registry registry;
  quantization::enlist(registry);
  return testing::make<Modifier>(registry, "modifier", yaml);
}

static std::map<std::string, compression::Range> ranges(double width) {
  return {{"input", {-width, width}},
          {"stem.relu", {0, width}},
          {"pool", {0, 2 * width}},
          {"pool.flatten", {0, width}},
          {"head", {-3 * width, width}}};
}

static testing::FakeModel model_with_calibration() {
  testing::FakeModel model(testing::network_of(small));
  model.calibration_batches = {ranges(1), ranges(3)};
  return model;
}

static testing::FakeStep step_at(double epoch, double width) {
  testing::FakeStep step;
  step.epoch = epoch;
  step.ranges = ranges(width);
  return step;
}

static double scale_of(const testing::FakeModel& model, const std::string& name) {
  return model.encodings.at(name).scale.item<double>();
}

TEST_CASE("opening calibrates every activation and encodes weights by channel") {
  auto model = model_with_calibration();
  const auto modifier = quantize("{type: quantize, calibration_samples: 100}");
  CHECK(modifier->writes() == compression::Writes::encodings);
  modifier->open(model, false);
  CHECK(model.calibrated_samples == 100);
  CHECK(model.encodings.size() == 7);
  CHECK(scale_of(model, "input") == Approx(4.0 / 255));  // the mean of the batches
  CHECK(scale_of(model, "head") == Approx(8.0 / 255));
  const auto& stem = model.encodings.at("stem.weight");
  CHECK((stem.axis == 0 && stem.low == -127 && stem.scale.size(0) == 4));
  CHECK(at::allclose(stem.scale, model.parameter("stem.weight").detach().abs().amax({1, 2, 3}) / 127));
  CHECK(model.encodings.at("head.weight").scale.size(0) == 3);
  CHECK(model.observed.at("stem.relu"));
}

TEST_CASE("activations that share memory share the union of their ranges") {
  auto model = model_with_calibration();
  quantize()->open(model, false);
  CHECK(scale_of(model, "pool") == Approx(4.0 / 255));
  for (const auto* name : {"stem.relu", "pool.flatten"}) {
    CHECK(scale_of(model, name) == scale_of(model, "pool"));
    CHECK(model.encodings.at(name).zero_point.item<int>() == -128);
  }
}

TEST_CASE("an encoding that an operator demands does not follow the data") {
  auto model = testing::FakeModel(testing::network_of(R"(
layers:
  - { type: conv2d, name: stem, out: 4, kernel: 3 }
  - { type: sigmoid, name: gate }
)"));
  model.calibration_batches = {{{"input", {-1, 1}}, {"stem", {-9, 9}}, {"gate", {0.1, 0.3}}}};
  quantize()->open(model, false);
  CHECK(scale_of(model, "stem") == Approx(18.0 / 255));
  CHECK(scale_of(model, "gate") == 1.0 / 256);
  CHECK(model.encodings.at("gate").zero_point.item<int>() == -128);
}

TEST_CASE("ranges follow the batches until they are frozen; weights' scales always follow") {
  auto model = model_with_calibration();
  const auto modifier = quantize(
      "{type: quantize, freeze_observers: 12, freeze_batch_norm: 11, observer: {type: moving_average, momentum: 0.5}}");
  modifier->open(model, false);
  auto step = step_at(10, 4);
  modifier->before_step(model, step);
  CHECK(!model.batch_norm_frozen);
  modifier->after_step(model, step);
  CHECK(scale_of(model, "input") == Approx(6.0 / 255));
  auto frozen = step_at(12, 100);
  modifier->before_step(model, frozen);
  CHECK(model.batch_norm_frozen);
  CHECK(!model.observed.at("input"));
  {
    at::NoGradGuard no_grad;
    model.parameter("stem.weight").mul_(2);
  }
  modifier->after_step(model, frozen);
  CHECK(scale_of(model, "input") == Approx(6.0 / 255));
  CHECK(at::allclose(model.encodings.at("stem.weight").scale,
                     model.parameter("stem.weight").detach().abs().amax({1, 2, 3}) / 127));
}

TEST_CASE("closing fits the encodings to the final weights exactly") {
  auto model = model_with_calibration();
  const auto modifier = quantize();
  modifier->open(model, false);
  {
    at::NoGradGuard no_grad;
    model.parameter("head.weight").mul_(0.25);
  }
  modifier->close(model);
  CHECK(at::allclose(model.encodings.at("head.weight").scale,
                     model.parameter("head.weight").detach().abs().amax(1) / 127));
  CHECK(!model.observed.at("input"));
}

TEST_CASE("the scale's floor uses batch norm as it will be folded") {
  auto model = model_with_calibration();
  {
    at::NoGradGuard no_grad;
    model.parameter("stem.weight").select(0, 1).zero_();
    model.parameter("stem.weight").select(0, 2).zero_();
    model.parameter("stem.batch_norm.gamma").copy_(at::tensor({1.f, 0.5f, 0.f, 1.f}));
    model.parameter("stem.batch_norm.beta").copy_(at::tensor({0.f, 2.f, 1.f, 0.f}));
    model.buffer("stem.batch_norm.running_mean").fill_(-4);
    model.buffer("stem.batch_norm.running_variance").fill_(0.25);
  }
  quantize()->open(model, false);
  const auto scale = model.encodings.at("stem.weight").scale;
  const double factor = 0.5 / std::sqrt(0.25 + 1e-5), bias = 2 + 4 * factor, input = scale_of(model, "input");
  CHECK(scale[1].item<double>() == Approx(bias / (input * std::pow(2, 30) * factor)));
  CHECK(scale[2].item<double>() == Approx(1 / (input * std::pow(2, 30))));
  CHECK(scale.gt(0).all().item<bool>());
}

TEST_CASE("a resumed run has the same encodings without calibrating again") {
  auto model = model_with_calibration();
  const auto first = quantize();
  first->open(model, false);
  auto step = step_at(0, 7);
  first->before_step(model, step);
  first->after_step(model, step);
  const auto expected = model.encodings;
  model.encodings.clear();
  model.calibration_batches.clear();
  quantize()->open(model, true);
  REQUIRE(model.encodings.size() == expected.size());
  for (const auto& [name, encoding] : expected) {
    CHECK(model.encodings.at(name).scale.equal(encoding.scale));
    CHECK(model.encodings.at(name).zero_point.equal(encoding.zero_point));
  }
}

TEST_CASE("channels that are removed while it is open leave valid encodings") {
  auto model = model_with_calibration();
  const auto modifier = quantize();
  model.listener = modifier.get();
  modifier->open(model, false);
  const double before = scale_of(model, "input");
  const auto keep = at::tensor({1, 0, 1, 1}).to(at::kBool);
  model.set_mask("stem.weight", keep.reshape({4, 1, 1, 1}));
  for (const auto* name : {"stem.batch_norm.gamma", "stem.batch_norm.beta"}) model.set_mask(name, keep);
  model.rewrite("remove_masked_channels");
  CHECK(model.encodings.at("stem.weight").scale.size(0) == 3);
  CHECK(model.encodings.at("head.weight").scale.size(0) == 3);
  CHECK(scale_of(model, "input") == before);
}

TEST_CASE("quantize checks its window and what it cannot encode") {
  const auto network = testing::network_of(small);
  const auto check = [&](const std::string& yaml, double start, double end) {
    return testing::check_of(*quantize(yaml), network, yaml, start, end, 40);
  };
  CHECK(check("{type: quantize, freeze_observers: 35, freeze_batch_norm: 32}", 25, 40).empty());
  CHECK(testing::says(testing::check_of(*quantize(), network, "{type: quantize, epochs: [25, 38]}", 25, 38, 40),
                      "recipe.yaml:1:26: quantize must last to the end"));
  CHECK(testing::says(check("{type: quantize, freeze_observers: 20}", 25, 40), "freeze_observers 20 lies outside"));
  CHECK(testing::says(check("{type: quantize, freeze_batch_norm: 41}", 25, 40), "freeze_batch_norm 41 lies outside"));
  const auto lone = testing::network_of(
      "{name: lone, layers: [{type: max_pool2d, name: pool, kernel: 2}, {type: batch_norm, name: norm}, "
      "global_average_pool, {type: linear, name: head, out: classes}]}");
  CHECK(testing::says(testing::check_of(*quantize(), lone, "{type: quantize}", 0, 40, 40),
                      "batch norm 'norm' cannot be quantized"));
}

TEST_CASE("quantize refuses a scheme or observer that does not exist") {
  CHECK_THROWS_AS(quantize("{type: quantize, scheme: nowhere.yaml}"), Error);
  CHECK(testing::says(testing::complaint([] { quantize("{type: quantize, observer: {type: moving_avrage}}"); }),
                      "did you mean 'moving_average'"));
}
