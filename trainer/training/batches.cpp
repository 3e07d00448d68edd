#include "training/batches.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>

#include "training/loss.h"

namespace espalier::training {

at::Tensor features_of(const datasets::Batch& batch, const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> extents = {static_cast<std::int64_t>(batch.samples.size())};
  extents.insert(extents.end(), shape.begin(), shape.end());
  auto tensor = at::empty(extents, at::kFloat);
  std::memcpy(tensor.mutable_data_ptr(), batch.features.data(), batch.features.size() * sizeof(float));
  return tensor;
}

at::Tensor labels_of(const std::vector<datasets::Target>& targets) {
  auto tensor = at::empty({static_cast<std::int64_t>(targets.size())}, at::kLong);
  auto* label = tensor.mutable_data_ptr<std::int64_t>();
  for (const auto& target : targets) *label++ = target.label;
  return tensor;
}

at::Tensor shares_of(const std::vector<datasets::Target>& targets, std::int64_t classes) {
  auto all = at::zeros({static_cast<std::int64_t>(targets.size()), classes}, at::kFloat);
  auto* row = all.mutable_data_ptr<float>();
  for (const auto& target : targets) {
    if (target.shares.empty()) row[target.label] = 1;
    std::copy(target.shares.begin(), target.shares.end(), row);
    row += classes;
  }
  return all;
}

void keep_first(datasets::Batch& batch, std::int64_t count) {
  const auto size = batch.samples.size();
  if (count >= static_cast<std::int64_t>(size)) return;
  batch.features.resize(batch.features.size() / size * static_cast<std::size_t>(count));
  batch.samples.resize(static_cast<std::size_t>(count));
  batch.targets.resize(static_cast<std::size_t>(count));
}

}  // namespace espalier::training
