// What a training step makes smaller, beside what modifiers add.
#pragma once
#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <vector>

#include "datasets/dataset.h"
#include "graph/tensor.h"
#include "tasks/task.h"

namespace espalier::training {

/// What a batch should have given.
struct Goal {
  const at::Tensor& x;                           ///< [N, shape…], what the network saw
  const std::vector<datasets::Target>& targets;  ///< [N]
  double label_smoothing = 0;                    ///< of `training:`
};

struct Lost {
  at::Tensor value;                        ///< a scalar, the mean over the batch
  std::map<std::string, double> measured;  ///< for curves, means over the batch: "accuracy", "loss.box"
};

/// Kind "loss"; `training.loss` names it, else the task's default.
class Loss {
 public:
  virtual ~Loss() = default;
  /// Before the first step, with what it will be used for: class weights are counted here. Throws Error(mistake) where
  /// it does not suit the task.
  virtual void prepare(const tasks::Task& task, const datasets::Dataset& data, const graph::Shape& output) {}
  /// outputs: [N, …] of the network, with gradient, on any device.
  virtual Lost value(const at::Tensor& outputs, const Goal& goal) const = 0;
};

/// [N], int64: the targets' labels.
at::Tensor labels_of(const std::vector<datasets::Target>& targets);
/// [N, classes], float32: a sample's shares, or one for its label.
at::Tensor shares_of(const std::vector<datasets::Target>& targets, std::int64_t classes);

}  // namespace espalier::training
