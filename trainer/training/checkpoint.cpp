#include "training/checkpoint.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/headeronly/version.h>

#include "base/error.h"
#include "base/text.h"
#include "graph/saved_network.h"

namespace espalier::training {
namespace {

using graph::tensor_of;

Json follows_of(const Owned& owned) {
  Json list = Json::list();
  for (const auto& follow : owned.follows)
    list.push(Json::map().set("axis", follow.axis).set("of", follow.of).set("of_axis", follow.of_axis));
  return list;
}

void put_state(graph::TensorFile& file, Json& meta, TrainedModel& model) {
  Json owned = Json::map();
  for (const auto& [name, own] : model.owned()) {
    file.tensors["own." + name] = nn::to_host(own.tensor);
    owned[name] = Json::map().set("treatment", static_cast<int>(own.treatment)).set("follows", follows_of(own));
  }
  meta["owned"] = std::move(owned);
  for (const auto& [name, moments] : model.moments()) {
    for (std::size_t i = 0; i < moments.tensors.size(); ++i)
      file.tensors[concat("moment.", i, ".", name)] = nn::to_host(moments.tensors[i]);
    file.tensors["steps." + name] = nn::to_host(moments.steps.view({1}));
  }
  Json observed = Json::list();
  for (const auto& name : model.observed()) observed.push(name);
  meta["observed"] = std::move(observed);
  meta["batch_norm_frozen"] = model.batch_norm_frozen();
  meta["evaluate_with"] = model.prefix();
}

compression::Treatment treatment_of(const Json& number) {
  const auto treatment = number.integer();
  if (treatment < 0 || treatment > static_cast<std::int64_t>(compression::Treatment::frozen))
    fail(concat("there is no treatment ", treatment));
  return static_cast<compression::Treatment>(treatment);
}

void take_owned(const graph::TensorFile& file, const Json& meta, TrainedModel& model, const std::string& path) {
  for (const auto& [name, entry] : meta.at("owned").entries()) {
    Owned own;
    own.treatment = treatment_of(entry.at("treatment"));
    own.tensor = nn::to_tensor(tensor_of(file, "own." + name, path))
                     .set_requires_grad(own.treatment != compression::Treatment::frozen);
    for (const auto& follow : entry.at("follows").items()) {
      const auto axis = follow.at("axis").integer();
      if (axis < 0 || axis >= own.tensor.dim()) fail(concat("'", name, "' follows along axis ", axis));
      own.follows.push_back(
          {static_cast<int>(axis), follow.at("of").text(), static_cast<int>(follow.at("of_axis").integer())});
    }
    model.owned()[name] = std::move(own);
  }
}

/// The optimizer trusts shapes and types.
Moments moments_of(const graph::TensorFile& file, const std::string& parameter, const at::Tensor& value) {
  Moments moments;
  for (std::size_t i = 0; file.tensors.count(concat("moment.", i, ".", parameter)); ++i) {
    auto moment = nn::to_tensor(file.tensors.at(concat("moment.", i, ".", parameter)));
    if (moment.sizes() != value.sizes() || moment.scalar_type() != value.scalar_type())
      fail(concat("moment ", i, " of '", parameter, "' is not of its shape and type"));
    if (moment.dim() == 4)
      moment = at::empty(moment.sizes(), moment.options().memory_format(at::MemoryFormat::ChannelsLast)).copy_(moment);
    moments.tensors.push_back(moment);
  }
  return moments;
}

void take_state(const graph::TensorFile& file, const Json& meta, TrainedModel& model, const std::string& path) {
  take_owned(file, meta, model, path);
  for (const auto& [name, tensor] : file.tensors) {
    if (!starts_with(name, "steps.")) continue;
    const auto parameter = name.substr(6);
    if (tensor.type != graph::Type::float32 || graph::elements(tensor.shape) != 1)
      fail(concat("the steps of '", parameter, "' are no number"));
    auto moments = moments_of(file, parameter, model.parameter(parameter));
    moments.steps = nn::to_tensor(tensor).view(at::IntArrayRef());
    model.moments()[parameter] = std::move(moments);
  }
  for (const auto& name : meta.at("observed").items()) model.observe(name.text(), true);
  model.freeze_batch_norm(meta.at("batch_norm_frozen").boolean());
  model.evaluate_with(meta.at("evaluate_with").text());
}

}  // namespace

Json environment() {
  Json all = Json::map();
  all["threads"] = at::get_num_threads();
  all["instruction_set"] = at::get_cpu_capability();
  all["libtorch"] = TORCH_VERSION;
  return all;
}

void save_checkpoint(const std::filesystem::path& path, TrainedModel& model, const Position& position,
                     const std::string& stage, const std::string& content) {
  graph::TensorFile file;
  Json meta = graph::new_meta("checkpoint");
  meta["stage"] = stage;
  meta["content"] = content;
  meta["environment"] = environment();
  meta["step"] = position.step;
  meta["best"] = position.best;
  meta["best_epoch"] = position.best_epoch;
  Json sums = Json::map();
  for (const auto& [name, sum] : position.sums) sums[name] = sum;
  meta["sums"] = std::move(sums);
  graph::put_network(file, meta, nn::capture(model.live()));
  put_state(file, meta, model);
  graph::put_meta(file, meta);
  graph::save_safetensors(path, file);
}

Restored load_checkpoint(const std::filesystem::path& path, const std::string& content, bool allow_different_bits) {
  return graph::reading(path, [&] {
    const auto file = graph::load_safetensors(path);
    const Json meta = graph::read_meta(file, path.string());
    if (meta.at("kind").text() != "checkpoint") mistake(path.string(), "holds a network, not a training to resume");
    if (meta.at("content").text() != content)
      mistake(path.string(),
              "belongs to another recipe (its data, model or training settings differ); give --output another folder, "
              "or start over without --resume");
    if (const auto here = environment().dump(); meta.at("environment").dump() != here && !allow_different_bits)
      mistake(path.string(), concat("was made under ", meta.at("environment").dump(), ", this is ", here,
                                    ": the bits would differ; pass --allow-different-bits, or the same --threads"));
    Restored restored;
    restored.model = std::make_unique<TrainedModel>(nn::bring_to_life(graph::take_network(file, meta, path.string())));
    take_state(file, meta, *restored.model, path.string());
    restored.position.step = meta.at("step").integer();
    if (restored.position.step < 0) fail(concat("it was taken at step ", restored.position.step));
    restored.position.best = meta.at("best").number();
    restored.position.best_epoch = meta.at("best_epoch").integer();
    for (const auto& [name, sum] : meta.at("sums").entries()) restored.position.sums[name] = sum.number();
    return restored;
  });
}

}  // namespace espalier::training
