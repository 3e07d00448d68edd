#include <ATen/ATen.h>

#include "catch.h"
#include "pruning/models.h"
#include "pruning/structure.h"

namespace espalier::pruning {
void enlist(schema::Registry& registry);
}

using namespace espalier;

TEST_CASE("channels go by |gamma|, compared over layers as they are") {
  schema::Registry registry;
  pruning::enlist(registry);
  testing::FakeModel model(testing::network_of(testing::chain));
  {
    at::NoGradGuard no_grad;
    model.parameter("middle.batch_norm.gamma").fill_(-2);
    model.parameter("last.batch_norm.gamma").narrow(0, 4, 6).fill_(-0.1);
  }
  const auto structure = testing::make<pruning::Structure>(registry, "structure", "channels");
  const auto criterion = testing::make<pruning::Criterion>(registry, "criterion", "batch_norm_scale");
  structure->prune(model, *criterion, {}, {.sparsity = 6.0 / 64, .minimum_channels = 1, .multiple_of = 1});
  const auto keep = model.masks.at("last.weight").flatten(1).any(1);
  CHECK(keep.sum().item<std::int64_t>() == 10);
  CHECK(keep.narrow(0, 4, 6).any().item<bool>() == false);
  CHECK(!model.masks.count("middle.weight"));
}

TEST_CASE("batch_norm_scale cannot rank single weights") {
  schema::Registry registry;
  pruning::enlist(registry);
  const auto refused = testing::complaint([&] {
    testing::make<compression::Modifier>(registry, "modifier",
                                         "{type: prune, structure: weights, criterion: batch_norm_scale}");
  });
  CHECK(testing::says(refused, "needs `structure: channels`"));
}
