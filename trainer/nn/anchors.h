// How each operator that starts a layer computes: a table from operator to a function on tensors.
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

#include "graph/network.h"

namespace espalier::nn {

/// `weight` and `bias` are undefined where the operator has none.
struct Anchor {
  std::function<at::Tensor(const graph::Network&, const graph::Node&, const std::vector<at::Tensor>& inputs,
                           const at::Tensor& weight, const at::Tensor& bias)>
      run;
};

}  // namespace espalier::nn
