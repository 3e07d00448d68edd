// What a distillation compares: logits with logits, or feature maps with feature maps.
#pragma once
#include <ATen/core/Tensor.h>

namespace espalier::distillation {

/// Kind "distillation_loss".
class LogitLoss {
 public:
  virtual ~LogitLoss() = default;
  /// student, teacher: logits [N, classes], teacher detached; labels: [N] int64. A scalar, the mean over the batch;
  /// gradients reach the student only.
  virtual at::Tensor value(const at::Tensor& student, const at::Tensor& teacher, const at::Tensor& labels) const = 0;
  /// Whether the numbers must be scores of classes. Else they may be any outputs [N, …] (a detector's maps), and labels
  /// are not read.
  virtual bool compares_classes() const { return true; }
  /// Whether the value is 0, its least, where student and teacher agree (contract tests hold it to that).
  virtual bool vanishes_at_teacher() const { return true; }
};

/// Kind "hint_loss".
class HintLoss {
 public:
  virtual ~HintLoss() = default;
  /// student, teacher: feature maps [N, C, H, W] of one height and width, teacher detached. A scalar, the mean over the
  /// batch.
  virtual at::Tensor value(const at::Tensor& student, const at::Tensor& teacher) const = 0;
  /// Whether both maps must have the same number of channels.
  virtual bool compares_channels() const { return true; }
};

}  // namespace espalier::distillation
