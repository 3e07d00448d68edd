#include "training/evaluation.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "training/batches.h"

namespace espalier::training {

std::vector<std::int64_t> Answers::predictions() const {
  std::vector<std::int64_t> all;
  const auto rows = logits.contiguous();
  const auto classes = rows.size(1);
  for (std::int64_t i = 0; i < rows.size(0); ++i) {
    const float* row = rows.const_data_ptr<float>() + i * classes;
    all.push_back(std::max_element(row, row + classes) - row);  // the first of equals, as every runtime's argmax
  }
  return all;
}

double Answers::accuracy() const {
  const auto found = predictions();
  std::int64_t right = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) right += found[i] == labels[i];
  return labels.empty() ? 0 : static_cast<double>(right) / static_cast<double>(labels.size());
}

Answers answers_of(const datasets::Dataset& data, datasets::Split split, int workers,
                   const std::function<at::Tensor(const at::Tensor&)>& run) {
  at::NoGradGuard off;
  datasets::LoaderOptions options;
  options.split = split;
  options.workers = workers;
  datasets::Loader loader(data, options);
  datasets::Batch batch;
  std::vector<at::Tensor> parts;
  Answers answers;
  while (loader.next(batch)) {
    parts.push_back(run(features_of(batch, data.shape())).cpu());
    answers.labels.insert(answers.labels.end(), batch.labels.begin(), batch.labels.end());
  }
  answers.logits = parts.empty() ? at::empty({0, static_cast<std::int64_t>(data.classes().size())})
                                 : at::cat(parts, 0).to(at::kFloat);
  return answers;
}

Answers evaluate(const nn::LiveNetwork& live, const datasets::Dataset& data, datasets::Split split, bool quantized,
                 int workers, const std::map<std::string, at::Tensor>& in_place_of) {
  nn::Request request;
  request.quantized = quantized;
  request.in_place_of = in_place_of.empty() ? nullptr : &in_place_of;
  const auto device = live.parameters.empty() ? at::Device(at::kCPU) : live.parameters.begin()->second.device();
  return answers_of(data, split, workers,
                    [&](const at::Tensor& x) { return nn::forward(live, x.to(device), request).logits; });
}

}  // namespace espalier::training
