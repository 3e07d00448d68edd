// What makes a weight, or a channel, worth keeping.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>

#include "graph/operator.h"

namespace espalier::pruning {

/// Kind "criterion". Scores are at least 0; the lowest are pruned first. They must depend on nothing but the arguments,
/// so that a resumed run prunes the same.
class Criterion {
 public:
  virtual ~Criterion() = default;
  /// The parameters that it looks at: weights, or batch norm's gammas (then it can judge channels only).
  virtual graph::Role looks_at() const { return graph::Role::weight; }
  /// values: a parameter of any shape; name: its name ("stem.weight"). Returns one score an element, of that shape.
  virtual at::Tensor elements(const at::Tensor& values, const std::string& name) const = 0;
  /// rows: [n, k], the n slices of a parameter. Returns [n].
  virtual at::Tensor slices(const at::Tensor& rows, const std::string& name) const = 0;
  /// Whether slices of different layers compare as they are. Otherwise each layer's scores are divided by their mean.
  virtual bool compares_layers() const { return false; }
};

}  // namespace espalier::pruning
