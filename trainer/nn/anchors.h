// How each operator that starts a layer computes: a table from operator to a function on tensors.
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

#include "graph/network.h"

namespace espalier::nn {

/// `weight` and `bias` are undefined where the operator has none.
struct Anchor {
  using Tensors = std::vector<at::Tensor>;
  std::function<at::Tensor(const graph::Network&, const graph::Node&, const std::vector<at::Tensor>& inputs,
                           const at::Tensor& weight, const at::Tensor& bias)>
      run;
  /// In place of `run`, of operators with other weights than these two: all of them, in the order of the slots.
  std::function<at::Tensor(const graph::Network&, const graph::Node&, const Tensors& inputs, const Tensors& weights)>
      run_with_slots = {};
};

}  // namespace espalier::nn
