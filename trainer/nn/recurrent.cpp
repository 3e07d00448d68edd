#include "nn/recurrent.h"

#include <ATen/ATen.h>

#include "graph/operators/recurrent.h"

namespace espalier::nn {
namespace {

using at::Tensor;
using graph::Recurrence;

/// [steps, N, features], channels outermost.
Tensor steps_of(const Recurrence& r, const Tensor& x) {
  return (r.down ? x.permute({2, 0, 1, 3}) : x.permute({3, 0, 1, 2})).reshape({r.steps, x.size(0), r.features});
}

struct States {
  Tensor all;   ///< [steps, N, directions * hidden]
  Tensor last;  ///< [directions, N, hidden]
};

States run(const Recurrence& r, const Tensor& steps, const std::vector<Tensor>& weights) {
  constexpr bool batch_first = false;
  constexpr double dropout = 0;
  // With dropout 0, `train` decides only whether LibTorch keeps what the backward pass needs.
  const bool train = weights.front().requires_grad();
  const auto zeros = at::zeros({r.directions(), steps.size(1), r.hidden}, steps.options());
  if (r.cell == Recurrence::Cell::lstm) {
    const auto [all, last, cell] =
        at::lstm(steps, {zeros, zeros}, weights, r.bias, 1, dropout, train, r.bidirectional, batch_first);
    return {all, last};
  }
  const auto [all, last] = at::gru(steps, zeros, weights, r.bias, 1, dropout, train, r.bidirectional, batch_first);
  return {all, last};
}

}  // namespace

Tensor run_recurrent(const graph::Network& network, const graph::Node& node, const Tensor& x,
                     const std::vector<Tensor>& weights) {
  const auto r = *graph::recurrence_of(network, node);
  const auto states = run(r, steps_of(r, x), weights);
  if (!r.sequence) return states.last.permute({1, 0, 2}).flatten(1);
  return states.all.permute({1, 2, 0}).unsqueeze(r.down ? 3 : 2).contiguous();
}

}  // namespace espalier::nn
