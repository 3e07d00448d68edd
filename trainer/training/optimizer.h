// Optimizers: ATen's own fused steps; the state lies with the training, by parameter name, so that masks, cuts and
// checkpoints reach it.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace espalier::training {

/// One parameter in an update. `moments` in the order of Optimizer::moments(); `steps` counts its own updates (float32
/// []).
struct UpdateItem {
  at::Tensor parameter, gradient;
  std::vector<at::Tensor> moments;
  at::Tensor steps;
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// Names of the state tensors that each parameter needs, zeros of its shape at first.
  virtual std::vector<std::string> moments() const = 0;
  virtual double learning_rate() const = 0;
  virtual double weight_decay() const = 0;
  /// Updates in place. `decay` is 0 for parameters that are not decayed.
  virtual void update(std::vector<UpdateItem>& items, double learning_rate, double decay) const = 0;
};

/// The factor of the learning rate at `t` in [0, 1] of the training (warm-up aside).
class LearningRateSchedule {
 public:
  virtual ~LearningRateSchedule() = default;
  virtual double factor(double t) const = 0;
};

}  // namespace espalier::training
