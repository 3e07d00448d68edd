#include "training/teacher.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "nn/executor.h"
#include "training/batches.h"

namespace espalier::training {
namespace {

class NetworkTeacher final : public Teacher {
 public:
  NetworkTeacher(nn::LiveNetwork live, at::Device device) : live_(std::move(live)), device_(device) {
    for (auto* tensors : {&live_.parameters, &live_.buffers})
      for (auto& [name, tensor] : *tensors) tensor = tensor.to(device);
  }
  std::map<std::string, at::Tensor> run(const at::Tensor& x, const std::set<std::string>& taps) const override {
    at::NoGradGuard off;
    nn::Request request;
    request.quantized = false;
    request.taps = taps;
    auto outcome = nn::forward(live_, x.to(device_), request);
    outcome.activations[""] = outcome.logits;
    return std::move(outcome.activations);
  }

 private:
  nn::LiveNetwork live_;
  at::Device device_;
};

class TeacherWithData final : public Teacher {
 public:
  TeacherWithData(std::shared_ptr<Teacher> teacher, std::shared_ptr<const datasets::Dataset> data)
      : teacher_(std::move(teacher)), data_(std::move(data)) {}
  std::map<std::string, at::Tensor> run(const at::Tensor& x, const std::set<std::string>& taps) const override {
    return teacher_->run(x, taps);
  }
  const datasets::Dataset* own_data() const override { return data_.get(); }

 private:
  std::shared_ptr<Teacher> teacher_;
  std::shared_ptr<const datasets::Dataset> data_;
};

}  // namespace

std::shared_ptr<Teacher> teacher_with_data(std::shared_ptr<Teacher> teacher,
                                           std::shared_ptr<const datasets::Dataset> data) {
  return std::make_shared<TeacherWithData>(std::move(teacher), std::move(data));
}

at::Tensor features_of_samples(const datasets::Dataset& data, const std::vector<std::int64_t>& samples,
                               datasets::View view) {
  datasets::Batch batch;
  batch.samples = samples;
  std::size_t elements = 1;
  for (const auto extent : data.shape()) elements *= static_cast<std::size_t>(extent);
  batch.features.resize(elements * samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i)
    data.features(datasets::Split::train, samples[i], view, std::span(batch.features).subspan(i * elements, elements));
  return features_of(batch, data.shape());
}

std::shared_ptr<Teacher> network_teacher(const graph::Network& network, const std::set<std::string>& taps,
                                         at::Device device) {
  // Folding removes the batch norms; a tap on one needs the network as it was.
  for (const auto& tap : taps)
    if (const auto* node = network.find(tap); node && !node->is("relu") && !node->is("relu6"))
      return std::make_shared<NetworkTeacher>(nn::bring_to_life(network, false), device);
  return std::make_shared<NetworkTeacher>(nn::for_inference(network), device);
}

LogitsCache::LogitsCache(const Teacher& teacher, const datasets::Dataset& data, std::int64_t batch_size,
                         std::uint64_t seed, int workers)
    : teacher_(teacher), data_(data), batch_size_(batch_size), seed_(seed), workers_(workers) {}

at::Tensor& LogitsCache::view(std::uint64_t epoch, bool augmented) {
  const auto views = static_cast<std::uint64_t>(data_.views());
  const std::uint64_t key = augmented && views > 0 ? epoch % views : 0;
  auto& all = views_[key];
  if (all.defined()) return all;
  datasets::LoaderOptions options;
  options.batch_size = batch_size_;
  options.workers = workers_;
  options.augment = augmented;
  options.seed = seed_;
  options.epoch = epoch;
  datasets::Loader loader(data_, options);
  datasets::Batch batch;
  std::vector<at::Tensor> parts;
  while (loader.next(batch)) parts.push_back(teacher_.run(features_of(batch, data_.shape()), {}).at("").cpu());
  return all = at::cat(parts, 0);
}

at::Tensor LogitsCache::logits(const std::vector<std::int64_t>& samples, std::uint64_t epoch, bool augmented) {
  return view(epoch, augmented).index_select(0, at::tensor(samples, at::kLong));
}

}  // namespace espalier::training
