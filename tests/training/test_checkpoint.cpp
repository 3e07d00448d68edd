#include "training/checkpoint.h"

#include <ATen/ATen.h>

#include "catch.h"
#include "graph/model_file.h"
#include "graph/saved_network.h"
#include "refusal.h"
#include "reporting/scratch_folder.h"
#include "schema/document.h"
#include "training/made.h"

using namespace espalier;
using espalier::testing::says;

namespace {

graph::Network small_network() {
  std::vector<Problem> problems;
  auto network = graph::read_model(schema::parse("layers: [{type: linear, name: head, out: classes}]\n", "small.yaml"),
                                   graph::standard_operators(), {{4}, 3}, problems);
  refuse(problems);
  graph::initialize(network, 3);
  return network;
}

/// One step of Adam, and an average that follows the weight.
void train_a_step(training::TrainedModel& model) {
  model.own("average.head.weight", [&] { return model.parameter("head.weight"); }, compression::Treatment::frozen,
            {{0, "head.weight", 0}});
  (model.parameter("head.weight").sum() + model.parameter("head.bias").sum()).backward();
  model.update(*training::made<training::Optimizer>("optimizer", "adam"), 0.1, 0);
}

/// What a checkpoint is refused with after `spoil` changed its tensors or its metadata.
template <class Spoil>
std::string refusal_after(const Spoil& spoil) {
  const ScratchFolder scratch;
  const auto path = scratch / "train.safetensors";
  training::TrainedModel model(nn::bring_to_life(small_network()));
  train_a_step(model);
  training::save_checkpoint(path, model, {}, "train", "this");
  auto file = graph::load_safetensors(path);
  auto meta = graph::read_meta(file, "it");
  spoil(file.tensors, meta);
  graph::put_meta(file, meta);
  graph::save_safetensors(path, file);
  return testing::refusal([&] { training::load_checkpoint(path, "this", false); });
}

using Tensors = std::map<std::string, graph::Tensor>;

}  // namespace

TEST_CASE("a checkpoint gives back what it was given") {
  CHECK(refusal_after([](Tensors&, Json&) {}).empty());
  const ScratchFolder scratch;
  training::TrainedModel model(nn::bring_to_life(small_network()));
  train_a_step(model);
  model.freeze_batch_norm(true);
  training::save_checkpoint(scratch / "train.safetensors", model, {7, {{"loss", 0.5}}, 0.25, 2}, "train", "this");
  const auto restored = training::load_checkpoint(scratch / "train.safetensors", "this", false);
  CHECK(restored.position.step == 7);
  CHECK(restored.position.sums.at("loss") == 0.5);
  CHECK(restored.position.best_epoch == 2);
  CHECK(restored.model->batch_norm_frozen());
  CHECK(restored.model->parameter("head.weight").equal(model.parameter("head.weight")));
  const auto& moments = restored.model->moments().at("head.weight");
  REQUIRE(moments.tensors.size() == 2);
  CHECK(moments.tensors[1].equal(model.moments().at("head.weight").tensors[1]));
  CHECK(moments.steps.item<float>() == 1);
  const auto& average = restored.model->owned().at("average.head.weight");
  CHECK(average.tensor.equal(model.owned().at("average.head.weight").tensor));
  CHECK(average.follows.at(0).of == "head.weight");
}

TEST_CASE("a training's state that does not suit its network is damage") {
  const auto refused = [](const char* expected, const auto& spoil) {
    const auto text = refusal_after(spoil);
    says(text, "train.safetensors: is damaged: ");
    says(text, expected);
  };
  using graph::Tensor;
  using graph::Type;
  refused("moment 1 of 'head.weight'",
          [](Tensors& all, Json&) { all["moment.1.head.weight"] = Tensor(Type::float32, {3}); });
  refused("moment 0 of 'head.bias'", [](Tensors& all, Json&) { all["moment.0.head.bias"] = Tensor(Type::int32, {3}); });
  refused("steps of 'head.bias'", [](Tensors& all, Json&) { all["steps.head.bias"] = Tensor(Type::float32, {2}); });
  refused("there is no parameter 'tail'", [](Tensors& all, Json&) { all["steps.tail"] = Tensor(Type::float32, {1}); });
  refused("own.average.head.weight", [](Tensors& all, Json&) { all.erase("own.average.head.weight"); });
  refused("treatment 9", [](Tensors&, Json& meta) { meta["owned"]["average.head.weight"]["treatment"] = 9; });
  refused("axis 5", [](Tensors&, Json& meta) {
    Json follows = Json::list();
    follows.push(Json::map().set("axis", 5).set("of", "head.weight").set("of_axis", 0));
    meta["owned"]["average.head.weight"]["follows"] = follows;
  });
  refused("", [](Tensors&, Json& meta) { meta["step"] = "seven"; });
  refused("", [](Tensors&, Json& meta) { meta["observed"] = 3; });
  refused("step -1", [](Tensors&, Json& meta) { meta["step"] = -1; });
}
