#include <ATen/ATen.h>

#include "catch.h"
#include "compression/fake_model.h"
#include "compression/gradient.h"

namespace espalier::distillation {
void enlist(schema::Registry& registry);
}

using namespace espalier;
using compression::Modifier;

static const char* tiny = "{name: tiny, layers: [global_average_pool, {type: linear, name: head, out: classes}]}";

static std::shared_ptr<Modifier> distill(const std::string& yaml) {
  schema::Registry registry;
  distillation::enlist(registry);
  return testing::make<Modifier>(registry, "modifier", yaml);
}

static testing::FakeStep step_with_logits() {
  testing::FakeStep step;
  step.activations[""] = testing::fixed_values({4, 3});
  step.teachers[""] = testing::fixed_values({4, 3}, 1, 1);
  step.targets = at::tensor({0, 1, 2, 0}, at::kLong);
  step.losses.push_back({"task", at::scalar_tensor(1.0), 1});
  return step;
}

TEST_CASE("distill shares the task's weight out") {
  testing::FakeModel model(testing::network_of(tiny));
  auto step = step_with_logits();
  const auto modifier = distill("{type: distill, teacher: same, loss: {type: kl, temperature: 4}, weight: 0.7}");
  CHECK(modifier->needs().teacher);
  modifier->loss(model, step);
  REQUIRE(step.losses.size() == 2);
  CHECK(step.losses[0].weight == Approx(0.3));
  CHECK(step.losses[1].weight == 0.7);
  CHECK(step.losses[1].value.item<double>() > 0);
  modifier->loss(model, step);  // a second one takes its share of what is left
  CHECK(step.losses[0].weight == Approx(0.09));
}

TEST_CASE("distill uses kl by default and refuses what it does not know") {
  testing::FakeModel model(testing::network_of(tiny));
  auto by_default = step_with_logits(), explicitly = step_with_logits();
  distill("{type: distill, teacher: same}")->loss(model, by_default);
  distill("{type: distill, teacher: same, loss: kl}")->loss(model, explicitly);
  CHECK(by_default.losses[1].value.item<double>() == explicitly.losses[1].value.item<double>());
  CHECK(testing::says(testing::complaint([] { distill("{type: distill, teacher: same, loss: {type: mse_logit}}"); }),
                      "did you mean 'mse_logits'"));
  CHECK_THROWS_AS(distill("{type: distill}"), Error);
  CHECK_THROWS_AS(distill("{type: distill, teacher: same, weight: 1.5}"), Error);
}

TEST_CASE("only a plain distance of outputs is for other things than scores of classes") {
  CHECK(distill("{type: distill, teacher: same}")->needs().class_scores);
  CHECK(distill("{type: distill, teacher: same, loss: {type: mse_logits, centre: true}}")->needs().class_scores);
  const auto plain = distill("{type: distill, teacher: same, loss: mse_logits}");
  CHECK_FALSE(plain->needs().class_scores);
  testing::FakeModel model(testing::network_of(tiny));
  auto step = step_with_logits();
  step.activations[""] = testing::fixed_values({4, 8, 2, 3});
  step.teachers[""] = step.activations[""] + 2;
  plain->loss(model, step);
  CHECK(step.losses[1].value.item<double>() == Approx(4));
  step.teachers[""] = testing::fixed_values({4, 8, 4, 6});
  CHECK(testing::says(testing::complaint([&] { plain->loss(model, step); }), "8x2x3, its teacher's 8x4x6"));
}

TEST_CASE("distill names both sides when the classes differ") {
  testing::FakeModel model(testing::network_of(tiny));
  auto step = step_with_logits();
  step.teachers[""] = testing::fixed_values({4, 7});
  CHECK_THROWS_AS(distill("{type: distill, teacher: same}")->loss(model, step), Error);
}
