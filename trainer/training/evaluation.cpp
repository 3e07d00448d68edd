#include "training/evaluation.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "training/batches.h"

namespace espalier::training {

tasks::Answers answers_of(const datasets::Dataset& data, datasets::Split split, int workers,
                          const std::function<at::Tensor(const at::Tensor&)>& network, bool reconstruction) {
  at::NoGradGuard off;
  return tasks::ask(data, split, workers, reconstruction,
                    [&](const datasets::Batch& batch, std::vector<float>& values) {
                      const auto outputs = network(features_of(batch, data.shape())).cpu().to(at::kFloat).contiguous();
                      const auto* first = outputs.const_data_ptr<float>();
                      values.insert(values.end(), first, first + outputs.numel());
                      return outputs.sizes().slice(1).vec();
                    });
}

tasks::Answers evaluate(const nn::LiveNetwork& live, const datasets::Dataset& data, datasets::Split split,
                        bool quantized, int workers, const std::map<std::string, at::Tensor>& in_place_of,
                        bool reconstruction) {
  nn::Request request;
  request.quantized = quantized;
  request.in_place_of = in_place_of.empty() ? nullptr : &in_place_of;
  const auto device = live.parameters.empty() ? at::Device(at::kCPU) : live.parameters.begin()->second.device();
  const auto run = [&](const at::Tensor& x) { return nn::forward(live, x.to(device), request).logits; };
  return answers_of(data, split, workers, run, reconstruction);
}

}  // namespace espalier::training
