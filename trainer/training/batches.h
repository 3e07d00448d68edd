// Batches of the loader as tensors.
#pragma once
#include <ATen/core/Tensor.h>

#include "datasets/dataset.h"

namespace espalier::training {

/// [N, shape…], float32, a copy.
at::Tensor features_of(const datasets::Batch& batch, const std::vector<std::int64_t>& shape);
}  // namespace espalier::training
