#include <ATen/ATen.h>

#include "catch.h"
#include "compression/fake_model.h"

namespace espalier::compression {
void enlist(schema::Registry& registry);
}

using namespace espalier;
using compression::Modifier;

static const std::string tiny =
    "{name: tiny, layers: [{type: conv2d, name: stem, out: 4, kernel: 1}, batch_norm, global_average_pool, {type: "
    "linear, name: head, out: classes}]}";

static std::shared_ptr<Modifier> average(const std::string& yaml) {
  schema::Registry registry;
  compression::enlist(registry);
  return testing::make<Modifier>(registry, "modifier", yaml);
}

TEST_CASE("average follows the weights by its decay, is evaluated, and is kept at the end") {
  testing::FakeModel model(testing::network_of(tiny));
  const auto modifier = average("{type: average, decay: 0.75}");
  CHECK(modifier->writes() == compression::Writes::averages);
  modifier->open(model, false);
  CHECK(model.evaluation_prefix == "average.");
  testing::FakeStep step;
  double expected = model.parameter("head.weight")[0][0].item<double>();
  for (int i = 1; i <= 5; ++i) {
    at::NoGradGuard no_grad;
    model.parameter("head.weight").fill_(i);
    modifier->after_step(model, step);
    expected = 0.75 * expected + 0.25 * i;
  }
  CHECK(model.owned.at("average.head.weight")[0][0].item<double>() == Approx(expected));
  CHECK(model.parameter("head.weight")[0][0].item<double>() == 5);
  modifier->close(model);
  CHECK(model.parameter("head.weight")[0][0].item<double>() == Approx(expected));
  CHECK(model.parameter("head.weight").requires_grad());
  CHECK(model.evaluation_prefix.empty());
}

TEST_CASE("averages are cut with their weights and hold masks at once") {
  testing::FakeModel model(testing::network_of(tiny));
  const auto modifier = average("{type: average, decay: 0.9}");
  modifier->open(model, false);
  CHECK(model.owned.size() == model.parameters().size());
  const auto& follows = model.owned_follows.at("average.stem.weight");
  REQUIRE(follows.size() == 4);
  for (int axis = 0; axis < 4; ++axis)
    CHECK((follows[static_cast<std::size_t>(axis)].axis == axis &&
           follows[static_cast<std::size_t>(axis)].of_axis == axis &&
           follows[static_cast<std::size_t>(axis)].of == "stem.weight"));
  model.set_mask("stem.weight", at::tensor({1, 0, 1, 1}).to(at::kBool).reshape({4, 1, 1, 1}));
  testing::FakeStep step;
  modifier->after_step(model, step);
  CHECK(model.owned.at("average.stem.weight").select(0, 1).abs().max().item<double>() == 0);
  CHECK(model.owned.at("average.stem.weight").select(0, 0).abs().max().item<double>() > 0);
}

TEST_CASE("a resumed average goes on from where it was") {
  testing::FakeModel model(testing::network_of(tiny));
  average("{type: average, decay: 0.5}")->open(model, false);
  model.owned.at("average.head.weight").fill_(8);
  average("{type: average, decay: 0.5}")->open(model, true);
  CHECK(model.owned.at("average.head.weight")[0][0].item<double>() == 8);
  CHECK_THROWS_AS(average("{type: average, decay: 1}"), Error);
}
