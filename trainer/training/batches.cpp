#include "training/batches.h"

#include <ATen/ATen.h>

#include <cstring>

namespace espalier::training {

at::Tensor features_of(const datasets::Batch& batch, const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> extents = {static_cast<std::int64_t>(batch.samples.size())};
  extents.insert(extents.end(), shape.begin(), shape.end());
  auto tensor = at::empty(extents, at::kFloat);
  std::memcpy(tensor.mutable_data_ptr(), batch.features.data(), batch.features.size() * sizeof(float));
  return tensor;
}

at::Tensor labels_of(const datasets::Batch& batch) {
  auto tensor = at::empty({static_cast<std::int64_t>(batch.labels.size())}, at::kLong);
  std::memcpy(tensor.mutable_data_ptr(), batch.labels.data(), batch.labels.size() * sizeof(std::int64_t));
  return tensor;
}

}  // namespace espalier::training
