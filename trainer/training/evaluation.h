// A network's answers on a whole split.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "datasets/dataset.h"
#include "nn/executor.h"

namespace espalier::training {

struct Answers {
  at::Tensor logits;  ///< [samples, classes], float32, on the CPU
  std::vector<std::int64_t> labels;
  std::vector<std::int64_t> predictions() const;
  double accuracy() const;  ///< in [0, 1]
};

/// Runs `batch` over the split, unaugmented, in its own order.
Answers answers_of(const datasets::Dataset& data, datasets::Split split, int workers,
                   const std::function<at::Tensor(const at::Tensor& features)>& batch);

/// By the float or the fake-quantized network.
Answers evaluate(const nn::LiveNetwork& live, const datasets::Dataset& data, datasets::Split split, bool quantized,
                 int workers, const std::map<std::string, at::Tensor>& in_place_of = {});

}  // namespace espalier::training
