#include "training/trained_model.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "base/error.h"
#include "base/text.h"

namespace espalier::training {
namespace {

at::Tensor cut_tensor(const at::Tensor& tensor, int axis, const std::vector<std::int64_t>& kept) {
  return tensor.detach()
      .index_select(axis, at::tensor(kept, at::kLong).to(tensor.device()))
      .clone(at::MemoryFormat::Preserve);
}

bool is_parameter(graph::Role role) {
  return role != graph::Role::running_mean && role != graph::Role::running_variance;
}

template <class Accept>
std::vector<std::string> names(const graph::Network& network, const Accept& accept) {
  std::vector<std::string> all;
  for (const auto& node : network.nodes)
    for (const auto& slot : network.slots(node))
      if (accept(slot.role)) all.push_back(concat(node.name, ".", slot.name));
  return all;
}

}  // namespace

std::vector<std::string> TrainedModel::compressible() const {
  return names(live_.structure, [](graph::Role role) { return role == graph::Role::weight; });
}
std::vector<std::string> TrainedModel::parameters() const { return names(live_.structure, is_parameter); }

at::Tensor TrainedModel::parameter(const std::string& name) {
  if (const auto found = live_.parameters.find(name); found != live_.parameters.end()) return found->second;
  if (const auto found = owned_.find(name); found != owned_.end()) return found->second.tensor;
  fail(concat("there is no parameter '", name, "'"));
}

at::Tensor TrainedModel::buffer(const std::string& name) {
  if (const auto found = live_.buffers.find(name); found != live_.buffers.end()) return found->second;
  fail(concat("there is no buffer '", name, "'"));
}

at::Tensor TrainedModel::own(const std::string& name, const std::function<at::Tensor()>& make,
                             compression::Treatment treatment, std::vector<compression::Follow> follows) {
  const auto found = owned_.find(name);
  if (found != owned_.end()) return found->second.tensor;
  auto tensor = make().detach().clone();
  tensor.set_requires_grad(treatment != compression::Treatment::frozen);
  owned_[name] = {tensor, treatment, std::move(follows)};
  return tensor;
}

void TrainedModel::set_mask(const std::string& name, const at::Tensor& keep) {
  auto value = parameter(name);
  const auto mask = keep.to(at::kBool).expand(value.sizes()).clone(at::MemoryFormat::Contiguous);
  live_.masks[name] = mask;
  at::NoGradGuard off;
  value.mul_(mask);
  if (const auto moments = moments_.find(name); moments != moments_.end())
    for (auto& moment : moments->second.tensors) moment.mul_(mask);
}

at::Tensor TrainedModel::mask(const std::string& name) const {
  const auto found = live_.masks.find(name);
  return found == live_.masks.end() ? at::Tensor() : found->second;
}

void TrainedModel::set_encoding(const std::string& tensor, compression::Encoding encoding) {
  live_.encodings[tensor] = std::move(encoding);
}
const compression::Encoding* TrainedModel::encoding(const std::string& tensor) const {
  const auto found = live_.encodings.find(tensor);
  return found == live_.encodings.end() ? nullptr : &found->second;
}

void TrainedModel::observe(const std::string& activation, bool on) {
  if (on)
    observed_.insert(activation);
  else
    observed_.erase(activation);
}

void TrainedModel::calibrate(std::int64_t samples, const std::function<void(compression::Step&)>& look) {
  if (!calibration_) fail("no calibration data is bound to this model");
  calibration_(*this, samples, look);
}

std::map<std::string, at::Tensor> TrainedModel::evaluated() const {
  std::map<std::string, at::Tensor> all;
  if (prefix_.empty()) return all;
  for (const auto& [name, parameter] : live_.parameters)
    if (const auto found = owned_.find(prefix_ + name); found != owned_.end()) all[name] = found->second.tensor;
  return all;
}

void TrainedModel::rewrite(const std::string& pass) {
  const auto& all = passes::standard_passes();
  const auto found = all.find(pass);
  if (found == all.end()) fail(concat("there is no pass '", pass, "'"));
  // The pass sees the trained values, not their averages: masks and structure decide, and both are cut alike.
  const auto rewrite = found->second(nn::capture(live_));
  cut(rewrite);
  if (hear_) hear_(rewrite.cuts);
}

void TrainedModel::cut(const passes::Rewrite& rewrite) {
  const auto devices = live_.parameters.empty() ? at::Device(at::kCPU) : live_.parameters.begin()->second.device();
  auto encodings = live_.encodings;
  live_ = nn::bring_to_life(rewrite.network);
  for (auto* tensors : {&live_.parameters, &live_.buffers})
    for (auto& [name, tensor] : *tensors)
      if (tensor.device() != devices) tensor = tensor.detach().to(devices).set_requires_grad(tensor.requires_grad());
  // An encoding that is switched off is not captured; it stays with its tensor.
  for (const auto& [name, encoding] : encodings)
    if (!encoding.enabled && !live_.encodings.count(name) &&
        (live_.structure.find(name) || live_.parameters.count(name)))
      live_.encodings[name] = encoding;
  for (const auto& cut : rewrite.cuts) {
    if (const auto moments = moments_.find(cut.tensor); moments != moments_.end())
      for (auto& moment : moments->second.tensors) moment = cut_tensor(moment, cut.axis, cut.kept);
    for (auto& [name, owned] : owned_)
      for (const auto& follow : owned.follows) {
        if (follow.of != cut.tensor || follow.of_axis != cut.axis) continue;
        owned.tensor = cut_tensor(owned.tensor, follow.axis, cut.kept)
                           .set_requires_grad(owned.treatment != compression::Treatment::frozen);
        if (const auto moments = moments_.find(name); moments != moments_.end())
          for (auto& moment : moments->second.tensors) moment = cut_tensor(moment, follow.axis, cut.kept);
      }
  }
  for (const auto& name : rewrite.removed) moments_.erase(name);
}

void TrainedModel::zero_gradients() {
  for (auto& [name, parameter] : live_.parameters) parameter.mutable_grad() = at::Tensor();
  for (auto& [name, owned] : owned_) owned.tensor.mutable_grad() = at::Tensor();
}

void TrainedModel::mask_gradients() {
  at::NoGradGuard off;
  for (const auto& [name, mask] : live_.masks)
    if (auto gradient = parameter(name).grad(); gradient.defined()) gradient.mul_(mask);
}

void TrainedModel::mask_values() {
  at::NoGradGuard off;
  for (const auto& [name, mask] : live_.masks) parameter(name).mul_(mask);
}

void TrainedModel::update(const Optimizer& optimizer, double learning_rate, double gradient_clip) {
  at::NoGradGuard off;
  std::vector<UpdateItem> decayed, others;
  std::vector<at::Tensor> gradients;
  const auto add = [&](const std::string& name, at::Tensor& tensor, bool decays) {
    if (!tensor.grad().defined()) return;
    auto& moments = moments_[name];
    if (moments.tensors.empty()) {
      for (std::size_t i = 0; i < optimizer.moments().size(); ++i) moments.tensors.push_back(at::zeros_like(tensor));
      moments.steps = at::zeros({}, at::kFloat);
    }
    if (moments.tensors.size() != optimizer.moments().size())
      fail(concat("the checkpoint holds ", moments.tensors.size(), " moments of '", name, "', the optimizer has ",
                  optimizer.moments().size()));
    gradients.push_back(tensor.grad());
    (decays ? decayed : others).push_back({tensor, tensor.grad(), moments.tensors, moments.steps});
  };
  for (const auto& node : live_.structure.nodes)
    for (const auto& slot : live_.structure.slots(node)) {
      const auto name = concat(node.name, ".", slot.name);
      if (const auto found = live_.parameters.find(name); found != live_.parameters.end())
        add(name, found->second, slot.role == graph::Role::weight);
    }
  for (auto& [name, owned] : owned_)
    if (owned.treatment != compression::Treatment::frozen)
      add(name, owned.tensor, owned.treatment == compression::Treatment::weights);
  if (gradient_clip > 0 && !gradients.empty()) {
    // Pascanu et al. 2013, arXiv:1211.5063: scale all gradients so that their joint norm is at most the limit.
    double squares = 0;
    for (const auto& gradient : gradients) squares += gradient.square().sum().item<double>();
    const double norm = std::sqrt(squares);
    if (norm > gradient_clip)
      for (auto& gradient : gradients) gradient.mul_(gradient_clip / norm);
  }
  optimizer.update(decayed, learning_rate, optimizer.weight_decay());
  optimizer.update(others, learning_rate, 0);
}

}  // namespace espalier::training
