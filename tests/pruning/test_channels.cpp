#include <ATen/ATen.h>

#include "catch.h"
#include "pruning/models.h"
#include "pruning/structure.h"

namespace espalier::pruning {
void enlist(schema::Registry& registry);
}

using namespace espalier;
using compression::Outcome, pruning::Goal, pruning::Selection;

static schema::Registry everything() {
  schema::Registry registry;
  pruning::enlist(registry);
  return registry;
}

static void prune(testing::FakeModel& model, const Selection& selection, const Goal& goal,
                  const std::string& criterion = "l1") {
  const auto registry = everything();
  const auto structure = testing::make<pruning::Structure>(registry, "structure", "channels");
  structure->prune(model, *testing::make<pruning::Criterion>(registry, "criterion", criterion), selection, goal);
}

/// Output channels of a layer that are not masked.
static std::int64_t kept(const testing::FakeModel& model, const std::string& weight) {
  const auto& values = model.values.at(weight);
  const auto mask = model.masks.find(weight);
  if (mask == model.masks.end()) return values.size(0);
  return mask->second.reshape({values.size(0), -1}).any(1).sum().item<std::int64_t>();
}

TEST_CASE("the mask of a channel covers every coupled slice") {
  testing::FakeModel model(testing::network_of(testing::branchy));
  prune(model, {}, {.sparsity = 0.5, .global = false, .minimum_channels = 2, .multiple_of = 1});
  const auto rows = model.masks.at("stem.weight").flatten(1).any(1);
  CHECK(rows.sum().item<std::int64_t>() == 8);
  for (const auto* name :
       {"stem.batch_norm.gamma", "stem.batch_norm.beta", "depthwise.batch_norm.gamma", "left.bias"}) {
    INFO(name);
    CHECK(model.masks.at(name).equal(rows));
  }
  CHECK(model.masks.at("depthwise.weight").flatten(1).any(1).equal(rows));
  CHECK(model.masks.at("left.weight").flatten(1).any(1).equal(rows));
  CHECK(kept(model, "right.weight") == 4);
  CHECK(!model.masks.count("head.weight"));
  CHECK(!model.masks.count("stem.batch_norm.running_mean"));
}

TEST_CASE("the weakest channels go") {
  testing::FakeModel model(testing::network_of(testing::chain));
  {
    at::NoGradGuard no_grad;
    for (const auto channel : {3, 5, 6, 11}) model.parameter("middle.weight").select(0, channel).mul_(0.01);
  }
  prune(model, {.layers = {"middle"}}, {.sparsity = 4.0 / 32, .minimum_channels = 1, .multiple_of = 1});
  const auto keep = model.masks.at("middle.batch_norm.gamma");
  CHECK(keep.sum().item<std::int64_t>() == 28);
  for (const auto channel : {3, 5, 6, 11}) CHECK(!keep[channel].item<bool>());
  CHECK(model.masks.size() == 3);
}

TEST_CASE("kept channels come in multiples and never fall below the minimum") {
  testing::FakeModel model(testing::network_of(testing::chain));
  prune(model, {}, {.sparsity = 0.45, .global = false, .minimum_channels = 4, .multiple_of = 4});
  CHECK(kept(model, "stem.weight") == 12);    // 8.8 rounded up
  CHECK(kept(model, "middle.weight") == 20);  // 17.6 rounded up
  testing::FakeModel bare(testing::network_of(testing::chain));
  prune(bare, {}, {.sparsity = 0.99, .global = true, .minimum_channels = 5, .multiple_of = 4});
  for (const auto* name : {"stem.weight", "middle.weight", "last.weight"}) CHECK(kept(bare, name) == 8);
}

TEST_CASE("globally, the layer whose channels matter least loses most, whatever its scale") {
  testing::FakeModel model(testing::network_of(testing::chain));
  {
    at::NoGradGuard no_grad;
    model.parameter("stem.weight").mul_(1000);
    model.parameter("last.weight").narrow(0, 0, 8).mul_(0.01);
  }
  prune(model, {}, {.sparsity = 8.0 / 64, .minimum_channels = 4, .multiple_of = 1});
  CHECK(kept(model, "last.weight") == 8);
  CHECK(kept(model, "stem.weight") == 16);
  CHECK(kept(model, "middle.weight") == 32);
}

TEST_CASE("macs: pruning stops where the network is cheap enough, and removal confirms the count") {
  for (const bool global : {true, false}) {
    testing::FakeModel model(testing::network_of(testing::branchy));
    const auto before = graph::cost_of(model.network()).macs;
    prune(model, {}, {.macs = 0.5, .global = global, .minimum_channels = 2, .multiple_of = 2});
    model.rewrite("remove_masked_channels");
    const auto after = graph::cost_of(model.network()).macs;
    CHECK(after <= before / 2);
    CHECK(after > before * 2 / 5);
  }
}

TEST_CASE("masked channels leave the network whole") {
  testing::FakeModel model(testing::network_of(testing::branchy));
  prune(model, {}, {.sparsity = 0.5, .minimum_channels = 2, .multiple_of = 2});
  const auto live = kept(model, "mix.weight");
  model.rewrite("remove_masked_channels");
  CHECK(model.values.at("mix.weight").size(0) == live);
  CHECK(model.values.at("stem.weight").size(0) == model.values.at("left.weight").size(0));
  CHECK(model.masks.empty());
}

TEST_CASE("channels stay pruned, and a goal that is reached changes nothing") {
  testing::FakeModel model(testing::network_of(testing::chain));
  prune(model, {}, {.sparsity = 0.5, .minimum_channels = 4, .multiple_of = 4});
  const auto masks = model.masks;
  {
    at::NoGradGuard no_grad;
    for (const auto& name : model.compressible()) model.parameter(name).copy_(model.parameter(name).flip(0));
  }
  prune(model, {}, {.sparsity = 0.5, .minimum_channels = 4, .multiple_of = 4});
  for (const auto& [name, mask] : masks) CHECK(model.masks.at(name).equal(mask));
}

TEST_CASE("layers coupled with one that is not selected stay whole") {
  const auto registry = everything();
  const auto structure = testing::make<pruning::Structure>(registry, "structure", "channels");
  testing::FakeModel model(testing::network_of(testing::branchy));
  prune(model, {.layers = {"left", "mix"}}, {.sparsity = 0.5, .minimum_channels = 2, .multiple_of = 1});
  CHECK(!model.masks.count("left.weight"));  // the addition ties it to stem
  CHECK(kept(model, "mix.weight") == 6);
  CHECK(testing::says(structure->obstacle(model.network(), {.layers = {"left"}}, {.sparsity = 0.5}),
                      "no channel can be removed"));
  testing::FakeModel guarded(testing::network_of(testing::branchy));
  prune(guarded, {.layers = {"*"}, .ignore = {"depthwise"}},
        {.sparsity = 0.5, .minimum_channels = 2, .multiple_of = 1});
  CHECK(!guarded.masks.count("stem.weight"));
}

TEST_CASE("goals out of reach are named with what is possible") {
  const auto registry = everything();
  const auto structure = testing::make<pruning::Structure>(registry, "structure", "channels");
  const auto network = testing::network_of(testing::chain);
  CHECK(structure->obstacle(network, {}, {.sparsity = 0.8}).empty());
  CHECK(testing::says(structure->obstacle(network, {}, {.sparsity = 0.9}), "at most 0.812"));
  CHECK(testing::says(structure->obstacle(network, {}, {.macs = 0.01}), "remain at least"));
  CHECK(structure->obstacle(network, {}, {.macs = 0.25}).empty());
}

TEST_CASE("the least network that pruning can leave bounds what it leaves, the likely one is even") {
  const auto registry = everything();
  const auto structure = testing::make<pruning::Structure>(registry, "structure", "channels");
  const auto whole = testing::network_of(testing::branchy);
  const auto macs = [](const graph::Network& network) { return graph::cost_of(network).macs; };
  for (const bool global : {true, false}) {
    const Goal goal{.sparsity = 0.5, .global = global, .minimum_channels = 2, .multiple_of = 1};
    const auto bound = structure->outcome(whole, {}, goal, Outcome::least);
    CHECK(bound.output_shape() == whole.output_shape());
    const auto likely = structure->outcome(whole, {}, goal, Outcome::likely);
    CHECK(macs(bound) <= macs(likely));
    CHECK(likely.node("stem").shape[0] == 8);
    for (const char* criterion : {"l1", "random"}) {
      testing::FakeModel model(whole);
      prune(model, {}, goal, criterion);
      model.rewrite("remove_masked_channels");
      CHECK(macs(bound) <= macs(model.network()));
      if (!global) CHECK(macs(bound) == macs(model.network()));
    }
  }
  const Goal half{.macs = 0.5, .minimum_channels = 2, .multiple_of = 1};
  const auto least = structure->outcome(whole, {}, half, Outcome::least),
             likely = structure->outcome(whole, {}, half, Outcome::likely);
  CHECK(2 * macs(likely) <= macs(whole));
  CHECK(3 * macs(likely) > macs(whole));
  CHECK(least.node("stem").shape[0] == 2);
  const Goal share{.sparsity = 0.5, .minimum_channels = 1};
  CHECK(macs(structure->outcome(whole, {.layers = {"hidden"}}, share, Outcome::least)) >
        macs(structure->outcome(whole, {}, share, Outcome::least)));
}
