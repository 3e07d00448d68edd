#include <ATen/ATen.h>

#include "catch.h"
#include "compression/fake_model.h"
#include "compression/gradient.h"

namespace espalier::distillation {
void enlist(schema::Registry& registry);
}

using namespace espalier;
using compression::Modifier;

static const std::string model_yaml = R"(
name: student
layers:
  - { type: conv2d, name: stem, out: 4, kernel: 1 }
  - batch_norm
  - relu
  - { type: conv2d, name: left, out: 4, kernel: 1 }
  - { type: add, name: sum, inputs: [left, stem.relu] }
  - { type: concat, name: both, inputs: [sum, left] }
  - global_average_pool
  - { type: linear, name: head, out: classes }
)";

static std::shared_ptr<Modifier> hint(const std::string& rest) {
  schema::Registry registry;
  distillation::enlist(registry);
  return testing::make<Modifier>(registry, "modifier", "{type: hint, teacher: same, " + rest + "}");
}

static testing::FakeStep step_with(const std::string& student_layer, at::Tensor student, at::Tensor teacher) {
  testing::FakeStep step;
  step.activations[student_layer] = std::move(student);
  step.teachers["wide"] = std::move(teacher);
  step.losses.push_back({"task", at::scalar_tensor(1.0), 1});
  return step;
}

TEST_CASE("the adaptor maps the student's channels onto the teacher's and learns") {
  testing::FakeModel model(testing::network_of(model_yaml));
  const auto modifier = hint("student_layer: stem.relu, teacher_layer: wide, weight: 0.5");
  CHECK(modifier->needs().activations == std::vector<std::string>{"stem.relu"});
  CHECK(modifier->needs().teacher_activations == std::vector<std::string>{"wide"});
  CHECK(modifier->needs().teacher);
  const auto student = testing::fixed_values({2, 4, 3, 5}).to(at::kFloat).requires_grad_();
  const auto teacher = testing::fixed_values({2, 7, 3, 5}, 1, 1).to(at::kFloat);
  auto step = step_with("stem.relu", student, teacher);
  modifier->loss(model, step);
  REQUIRE(step.losses.size() == 2);
  CHECK(step.losses[0].weight == 1);
  CHECK(step.losses[1].weight == 0.5);
  const auto adaptor = model.owned.at("hint.stem.relu-wide");
  CHECK(adaptor.sizes().vec() == std::vector<std::int64_t>{7, 4, 1, 1});
  step.losses[1].value.backward();
  CHECK(adaptor.grad().abs().max().item<double>() > 0);
  CHECK(student.grad().abs().max().item<double>() > 0);
  const auto& follows = model.owned_follows.at("hint.stem.relu-wide");
  REQUIRE(follows.size() == 1);
  CHECK((follows[0].axis == 1 && follows[0].of == "stem.batch_norm.gamma" && follows[0].of_axis == 0));
}

TEST_CASE("the gradient through adaptor and pooling is right") {
  testing::FakeModel model(testing::network_of(model_yaml));
  const auto modifier = hint("student_layer: sum, teacher_layer: wide, loss: {type: mse}");
  const auto teacher = testing::fixed_values({2, 3, 2, 2}, 1, 1);
  const auto value = [&](const at::Tensor& student) {
    auto step = step_with("sum", student, teacher);
    modifier->loss(model, step);
    return step.losses[1].value;
  };
  CHECK(testing::gradient_error(value, testing::fixed_values({2, 4, 4, 4})) < 1e-6);
}

TEST_CASE("without an adaptor features are compared as they are") {
  testing::FakeModel model(testing::network_of(model_yaml));
  const auto features = testing::fixed_values({2, 4});
  auto step = step_with("stem", features, features);
  hint("student_layer: stem, teacher_layer: wide, adaptor: none")->loss(model, step);
  CHECK(step.losses[1].value.item<double>() == 0);
  CHECK(model.owned.empty());
  auto misfit = step_with("stem", features, testing::fixed_values({2, 7}));
  CHECK(testing::says(
      testing::complaint([&] { hint("student_layer: stem, teacher_layer: wide, adaptor: none")->loss(model, misfit); }),
      "use `adaptor: conv1x1`"));
  auto attention = step_with("stem", testing::fixed_values({2, 4, 3, 3}), testing::fixed_values({2, 7, 3, 3}));
  hint("student_layer: stem, teacher_layer: wide, adaptor: none, loss: attention_transfer")->loss(model, attention);
  CHECK(attention.losses[1].value.item<double>() > 0);
}

TEST_CASE("an adaptor that no longer fits says why") {
  testing::FakeModel model(testing::network_of(model_yaml));
  const auto modifier = hint("student_layer: both, teacher_layer: wide");
  auto step = step_with("both", testing::fixed_values({2, 8, 3, 3}), testing::fixed_values({2, 7, 3, 3}));
  modifier->loss(model, step);
  CHECK(model.owned_follows.at("hint.both-wide").empty());
  auto pruned = step_with("both", testing::fixed_values({2, 6, 3, 3}), testing::fixed_values({2, 7, 3, 3}));
  CHECK(testing::says(testing::complaint([&] { modifier->loss(model, pruned); }), "behind concat"));
}

TEST_CASE("a student's layer that does not exist is a mistake of the recipe") {
  const auto network = testing::network_of(model_yaml);
  const auto modifier = hint("student_layer: stem.rely, teacher_layer: wide");
  const auto found = testing::check_of(*modifier, network, "{type: hint, student_layer: stem.rely}", 0, 10, 10);
  CHECK(testing::says(found, "recipe.yaml:1:29"));
  CHECK(testing::says(found, "did you mean 'stem.relu'"));
  CHECK_THROWS_AS(hint("student_layer: stem"), Error);
}
