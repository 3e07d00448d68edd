// Batches of the loader as tensors.
#pragma once
#include <ATen/core/Tensor.h>

#include "datasets/dataset.h"

namespace espalier::training {

/// [N, shape…], float32, a copy.
at::Tensor features_of(const datasets::Batch& batch, const std::vector<std::int64_t>& shape);
/// The first `count` samples of a batch stay, where it has more.
void keep_first(datasets::Batch& batch, std::int64_t count);

}  // namespace espalier::training
