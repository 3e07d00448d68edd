// What a compression technique may see of the network in training: tensors by name. Implemented by training/; no
// torch::nn here.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "graph/network.h"

namespace espalier::compression {

/// "stem.weight" (a weight), "stem.relu" (an activation, by node), "" (the logits).
using Name = std::string;

/// Affine fake quantization of one tensor: real = scale * (q - zero_point), q in [low, high].
/// scale, zero_point: float32 and int32, [] for the whole tensor or [n] along `axis`.
struct Encoding {
  at::Tensor scale, zero_point;
  std::int64_t low = -128, high = 127, axis = -1;
  bool enabled = true;
  /// A codebook: float32 [k], whole numbers, ascending, 0 among them; q takes these values only. Undefined: all.
  at::Tensor codes = {};
  /// float32 [n] of 1 or -1: slices of -1 take the negated codes (graph::Encoding::signs). Undefined: all 1.
  at::Tensor signs = {};
};

/// How the optimizer treats a tensor that a technique owns.
enum class Treatment { weights, no_decay, frozen };

/// Axis `axis` of an owned tensor is cut when axis `of_axis` of tensor `of` is cut.
struct Follow {
  int axis = 0;
  Name of;
  int of_axis = 0;
};

struct Range {
  double low = 0, high = 0;
};

struct Step;

class Model {
 public:
  /// The graph as it is now (after removals); its `weights` are not the live values.
  virtual const graph::Network& network() const = 0;
  /// The weights that inference needs and that can be compressed: convolution and linear weights, in graph order.
  virtual std::vector<Name> compressible() const = 0;
  /// Every weight, bias, gamma and beta (not the running statistics), in graph order.
  virtual std::vector<Name> parameters() const = 0;
  /// The leaf (float32). Its .grad() is dense and unmasked until after_backward ends.
  virtual at::Tensor parameter(const Name& name) = 0;
  /// The running mean and variance are buffers: read or written, never optimised.
  virtual at::Tensor buffer(const Name& name) = 0;
  /// A tensor of the technique's own, made on first use: saved, cut, moved and optimised with the model, never
  /// exported.
  virtual at::Tensor own(const Name& name, const std::function<at::Tensor()>& make, Treatment treatment,
                         std::vector<Follow> follows = {}) = 0;

  /// `keep`: bool or uint8, of the parameter's shape or broadcastable to it. Zeroes the values and clears the
  /// optimizer's moments there, now and after every step, until it is replaced. It outlives the modifier.
  virtual void set_mask(const Name& parameter, const at::Tensor& keep) = 0;
  /// Undefined when there is none.
  virtual at::Tensor mask(const Name& parameter) const = 0;
  /// Of a weight, or of an activation (by a layer's output node, or "input"). nn executes it inside its kernels.
  virtual void set_encoding(const Name& tensor, Encoding encoding) = 0;
  virtual const Encoding* encoding(const Name& tensor) const = 0;
  /// Whether the range of this activation is measured in training steps (see Step::range).
  virtual void observe(const Name& activation, bool on) = 0;
  /// True: batch norm normalises by its running statistics and stops updating them.
  virtual void freeze_batch_norm(bool frozen) = 0;
  /// A registered pass (passes/rewrite.h); runs at once, between two steps; every modifier hears of it in rewritten().
  virtual void rewrite(const Name& pass) = 0;
  /// Forward passes in inference mode over the first `samples` calibration samples (train split, unaugmented, pinned
  /// order).
  virtual void calibrate(std::int64_t samples, const std::function<void(Step&)>& look) = 0;
  /// Evaluation, export and freezing read "<prefix><name>" instead of "<name>" (an average of the weights); "" undoes
  /// it.
  virtual void evaluate_with(const Name& prefix) = 0;

 protected:
  ~Model() = default;
};

/// weight * value is added to what is minimised.
struct LossTerm {
  Name name;
  at::Tensor value;
  double weight = 1;
};

/// One training step (or one calibration batch, without losses), as a technique sees it.
struct Step {
  std::int64_t index = 0;  ///< from 0, over the whole training
  double window = 0;       ///< 0 at the first step of the modifier's window, exactly 1 at its last
  double epoch = 0;        ///< index / steps per epoch
  std::int64_t steps_per_epoch = 1;
  std::vector<LossTerm> losses;  ///< [0] is "task"
  /// "" = the logits [N, classes]; a node's output [N, C, H, W] before its encoding. Only what needs() declared.
  virtual at::Tensor activation(const Name& name) = 0;
  /// Smallest and largest value of a layer's output in this batch, before its encoding; only where observe() is on.
  virtual Range range(const Name& activation) = 0;
  /// Of the modifier's teacher, detached; "" = its logits.
  virtual at::Tensor teacher(const Name& name) = 0;
  /// [N] int64.
  virtual at::Tensor labels() = 0;

 protected:
  ~Step() = default;
};

}  // namespace espalier::compression
