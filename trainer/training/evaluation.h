// A network's answers on a whole split.
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <string>

#include "datasets/dataset.h"
#include "nn/executor.h"
#include "tasks/answers.h"

namespace espalier::training {

/// Runs `network` over the split, unaugmented, in its own order: [N, shape…] -> [N, …].
/// `reconstruction`: see Task::is_reconstruction.
tasks::Answers answers_of(const datasets::Dataset& data, datasets::Split split, int workers,
                          const std::function<at::Tensor(const at::Tensor& features)>& network,
                          bool reconstruction = false);

/// By the float or the fake-quantized network.
tasks::Answers evaluate(const nn::LiveNetwork& live, const datasets::Dataset& data, datasets::Split split,
                        bool quantized, int workers, const std::map<std::string, at::Tensor>& in_place_of = {},
                        bool reconstruction = false);

}  // namespace espalier::training
