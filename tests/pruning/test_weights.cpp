#include <ATen/ATen.h>

#include "catch.h"
#include "pruning/models.h"
#include "pruning/structure.h"

namespace espalier::pruning {
void enlist(schema::Registry& registry);
}

using namespace espalier;
using pruning::Goal, pruning::Selection;

static void prune(testing::FakeModel& model, const Selection& selection, const Goal& goal,
                  const std::string& criterion = "l1") {
  schema::Registry registry;
  pruning::enlist(registry);
  const auto structure = testing::make<pruning::Structure>(registry, "structure", "weights");
  structure->prune(model, *testing::make<pruning::Criterion>(registry, "criterion", criterion), selection, goal);
}

static double total_masked(const testing::FakeModel& model) {
  double masked = 0, all = 0;
  for (const auto& name : model.compressible()) {
    const auto count = static_cast<double>(model.values.at(name).numel());
    masked += model.masked(name) * count;
    all += count;
  }
  return masked / all;
}

TEST_CASE("layer by layer, every layer loses exactly its share, the smallest first") {
  testing::FakeModel model(testing::network_of(testing::branchy));
  const auto before = model.parameter("stem.weight").detach().clone();
  prune(model, {}, {.sparsity = 0.75, .global = false});
  for (const auto& name : model.compressible()) {
    const auto count = model.values.at(name).numel();
    CHECK(model.masked(name) == Approx(std::floor(0.75 * static_cast<double>(count)) / static_cast<double>(count)));
  }
  const auto keep = model.masks.at("stem.weight");
  CHECK(before.abs().masked_select(keep).min().item<double>() >=
        before.abs().masked_select(keep.logical_not()).max().item<double>());
  CHECK(model.values.at("stem.weight").masked_select(keep.logical_not()).abs().max().item<double>() == 0);
}

TEST_CASE("globally, the fraction holds over all selected layers and no layer is cut off") {
  testing::FakeModel model(testing::network_of(testing::branchy));
  {
    at::NoGradGuard no_grad;
    model.parameter("hidden.weight").mul_(1e-6);  // all of it ranks last
  }
  prune(model, {}, {.sparsity = 0.9});
  CHECK(total_masked(model) == Approx(0.9).margin(0.001));
  CHECK(model.masks.at("hidden.weight").sum().item<std::int64_t>() == 1);
}

TEST_CASE("what was pruned stays pruned, also when another selection or a smaller goal follows") {
  testing::FakeModel model(testing::network_of(testing::chain));
  prune(model, {}, {.sparsity = 0.5, .global = false});
  const auto first = model.masks.at("middle.weight").clone();
  prune(model, {}, {.sparsity = 0.2, .global = false});
  CHECK(model.masks.at("middle.weight").equal(first));
  prune(model, {}, {.sparsity = 0.8, .global = false}, "{type: l1}");
  CHECK(model.masks.at("middle.weight").logical_and(first.logical_not()).any().item<bool>() == false);
  CHECK(model.masked("middle.weight") == Approx(0.8).margin(0.001));
}

TEST_CASE("only selected layers are touched") {
  testing::FakeModel model(testing::network_of(testing::chain));
  prune(model, {.layers = {"*"}, .ignore = {"head", "st*"}}, {.sparsity = 0.5});
  CHECK(!model.masks.count("head.weight"));
  CHECK(!model.masks.count("stem.weight"));
  CHECK(model.masked("last.weight") > 0);
}

TEST_CASE("ties are broken by position, so that the count is exact") {
  testing::FakeModel model(testing::network_of(testing::chain));
  {
    at::NoGradGuard no_grad;
    model.parameter("last.weight").fill_(0.5);
  }
  prune(model, {.layers = {"last"}}, {.sparsity = 0.25});
  CHECK(model.masked("last.weight") == 0.25);
}

TEST_CASE("the smallest network that pruning can leave has as many zeros, in runs") {
  schema::Registry registry;
  pruning::enlist(registry);
  const auto structure = testing::make<pruning::Structure>(registry, "structure", "weights");
  const auto whole = testing::network_of(testing::chain);
  for (const bool global : {true, false}) {
    const auto bound = structure->outcome(whole, {}, {.sparsity = 0.5, .global = global}, compression::Outcome::least);
    std::int64_t zeros = 0, all = 0;
    for (const auto& [name, mask] : bound.masks) {
      CHECK(mask.bytes.back() == 1);  // never a whole layer
      zeros += std::count(mask.bytes.begin(), mask.bytes.end(), std::uint8_t{0});
      all += static_cast<std::int64_t>(mask.bytes.size());
    }
    CHECK(zeros <= all / 2);
    const auto likely =
        structure->outcome(whole, {}, {.sparsity = 0.5, .global = global}, compression::Outcome::likely);
    for (const auto& [name, mask] : likely.masks) {
      const auto gone = std::count(mask.bytes.begin(), mask.bytes.end(), std::uint8_t{0});
      CHECK(gone == static_cast<std::ptrdiff_t>(mask.bytes.size() / 2));
    }
    CHECK(zeros >= all / 2 - static_cast<std::int64_t>(bound.masks.size()));
  }
}
