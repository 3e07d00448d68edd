#include <ATen/ATen.h>

#include "catch.h"
#include "pruning/models.h"

namespace espalier::pruning {
void enlist(schema::Registry& registry);
}

using namespace espalier;
using compression::Modifier;

static std::shared_ptr<Modifier> prune(const std::string& yaml) {
  schema::Registry registry;
  pruning::enlist(registry);
  return testing::make<Modifier>(registry, "modifier", yaml);
}

/// Runs the hooks of a window of `steps` steps; the fraction of `weight` masked after each.
static std::vector<double> run(Modifier& modifier, testing::FakeModel& model, const std::string& weight, int steps,
                               int first = 0) {
  std::vector<double> masked;
  if (first == 0) modifier.open(model, false);
  for (int i = first; i < steps; ++i) {
    testing::FakeStep step;
    step.index = 1000 + i;
    step.steps_per_epoch = 10;
    step.epoch = static_cast<double>(step.index) / 10;
    step.window = static_cast<double>(i) / (steps - 1);
    modifier.before_step(model, step);
    modifier.loss(model, step);
    modifier.after_backward(model, step);
    modifier.after_step(model, step);
    masked.push_back(model.masked(weight));
  }
  return masked;
}

TEST_CASE("sparsity follows the schedule, only as often as asked, and meets the goal at the last step") {
  testing::FakeModel model(testing::network_of(testing::chain));
  const auto modifier = prune(
      "{type: prune, structure: weights, scope: layer, sparsity: 0.8, initial_sparsity: 0.2, schedule: linear, every: "
      "5 steps}");
  CHECK(modifier->writes() == compression::Writes::masks);
  const auto masked = run(*modifier, model, "middle.weight", 41);
  CHECK(masked[0] == Approx(0.2).margin(1e-3));
  for (std::size_t i = 1; i + 1 < masked.size(); ++i) {
    CHECK(masked[i] >= masked[i - 1]);
    if (i % 5 != 0) CHECK(masked[i] == masked[i - 1]);
  }
  CHECK(masked[20] == Approx(0.5).margin(1e-3));
  CHECK(masked.back() == Approx(0.8).margin(1e-3));
}

TEST_CASE("every counts epochs too") {
  testing::FakeModel model(testing::network_of(testing::chain));
  const auto modifier = prune("{type: prune, structure: weights, sparsity: 0.8, schedule: linear, every: 1 epoch}");
  const auto masked = run(*modifier, model, "middle.weight", 31);
  CHECK(masked[9] == masked[0]);
  CHECK(masked[10] > masked[9]);
}

TEST_CASE("channels are removed when the window closes, and the goal is met exactly") {
  testing::FakeModel model(testing::network_of(testing::chain));
  const auto modifier = prune("{type: prune, structure: channels, scope: layer, sparsity: 0.5, every: 3 steps}");
  model.listener = modifier.get();
  run(*modifier, model, "middle.weight", 20);
  modifier->close(model);
  CHECK(model.rewrites == std::vector<std::string>{"remove_masked_channels"});
  CHECK(model.values.at("stem.weight").sizes().vec() == std::vector<std::int64_t>{8, 2, 3, 3});
  CHECK(model.values.at("middle.weight").sizes().vec() == std::vector<std::int64_t>{16, 8, 3, 3});
  CHECK(model.values.at("head.weight").sizes().vec() == std::vector<std::int64_t>{3, 8});
}

TEST_CASE("without steps, opening and closing prunes at once") {
  testing::FakeModel model(testing::network_of(testing::chain));
  const auto modifier = prune("{type: prune, sparsity: 0.5, remove: false}");
  modifier->open(model, false);
  modifier->close(model);
  CHECK(model.rewrites.empty());
  CHECK(model.masked("middle.batch_norm.gamma") + model.masked("stem.batch_norm.gamma") +
            model.masked("last.batch_norm.gamma") >
        0);
}

TEST_CASE("a run cut in two prunes the same: everything is in the masks") {
  testing::FakeModel whole(testing::network_of(testing::chain)), cut(testing::network_of(testing::chain));
  const std::string yaml = "{type: prune, sparsity: 0.5, every: 2 steps, multiple_of: 1}";
  run(*prune(yaml), whole, "middle.weight", 30);
  run(*prune(yaml), cut, "middle.weight", 30, 0);
  testing::FakeModel resumed(testing::network_of(testing::chain));
  const auto first = prune(yaml);
  first->open(resumed, false);
  for (int i = 0; i < 13; ++i) {
    testing::FakeStep step;
    step.index = 1000 + i;
    step.window = i / 29.0;
    first->before_step(resumed, step);
  }
  const auto second = prune(yaml);
  second->open(resumed, true);
  run(*second, resumed, "middle.weight", 30, 13);
  REQUIRE(resumed.masks.size() == whole.masks.size());
  for (const auto& [name, mask] : whole.masks) CHECK(resumed.masks.at(name).equal(mask));
}

TEST_CASE("prune checks its selectors against the network") {
  const auto network = testing::network_of(testing::chain);
  const auto check = [&](const std::string& yaml) { return testing::check_of(*prune(yaml), network, yaml, 0, 10, 20); };
  CHECK(check("{type: prune, sparsity: 0.5, layers: [\"*\"], ignore: [last]}").empty());
  const auto misspelt = check("{type: prune, layers: [stem, midle]}");
  CHECK(testing::says(misspelt, "recipe.yaml:1:30"));
  CHECK(testing::says(misspelt, "did you mean 'middle'"));
  CHECK(testing::says(check("{type: prune, layers: [head]}"), "no channels of their own"));
  CHECK(testing::says(check("{type: prune, ignore: [nowhere]}"), "matches no layer"));
  CHECK(testing::says(check("{type: prune, ignore: [\"*\"]}"), "leave no layer"));
  CHECK(testing::says(check("{type: prune, sparsity: 0.95}"), "cannot be reached"));
  CHECK(testing::says(check("{type: prune, structure: weights, macs: 0.5}"), "sparsity"));
  CHECK(check("{type: prune, structure: weights, layers: [head], sparsity: 0.5}").empty());
}

TEST_CASE("prune refuses options that contradict each other") {
  CHECK_THROWS_AS(prune("{type: prune, sparsity: 0.3, initial_sparsity: 0.5}"), Error);
  CHECK_THROWS_AS(prune("{type: prune, structure: rows}"), Error);
  CHECK_THROWS_AS(prune("{type: prune, schedule: quadratic}"), Error);
  CHECK_THROWS_AS(prune("{type: prune, every: 0 steps}"), Error);
}
