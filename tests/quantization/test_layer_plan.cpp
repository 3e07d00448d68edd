#include "quantization/layer_plan.h"

#include <algorithm>

#include "catch.h"
#include "compression/fake_model.h"

using namespace espalier;

TEST_CASE("a plan names what each weighted layer reads, writes and folds") {
  const auto plan = quantization::plan_layers(testing::network_of(R"(
name: small
layers:
  - { type: conv2d, name: stem, out: 4, kernel: 3 }
  - { type: batch_norm, epsilon: 0.001 }
  - relu
  - { type: max_pool2d, name: pool, kernel: 2, stride: 2 }
  - flatten
  - { type: linear, name: head, out: classes }
)"));
  REQUIRE(plan.layers.size() == 2);
  const auto& stem = plan.layers[0];
  CHECK(stem.weight == "stem.weight");
  CHECK((stem.input == "input" && stem.output == "stem.relu" && stem.bias.empty()));
  CHECK((stem.gamma == "stem.batch_norm.gamma" && stem.running_variance == "stem.batch_norm.running_variance"));
  CHECK(stem.epsilon == 0.001);
  const auto& head = plan.layers[1];
  CHECK((head.weight == "head.weight" && head.bias == "head.bias" && head.gamma.empty() && head.axis == 0));
  // Pooling and flatten share one encoding with what they read.
  const std::vector<std::vector<std::string>> groups = {{"input"}, {"stem.relu", "pool", "pool.flatten"}, {"head"}};
  CHECK(plan.groups == groups);
}
