// A compression technique on the training's timeline. The lifecycle follows the modifiers of SparseML and
// llm-compressor.
#pragma once
#include <string>
#include <vector>

#include "base/error.h"
#include "compression/model.h"
#include "passes/rewrite.h"
#include "schema/value.h"

namespace espalier::compression {

/// Read before the network is built.
struct Needs {
  std::vector<Name> activations;          ///< taps into the student, beside the logits
  std::vector<Name> teacher_activations;  ///< taps into the teacher, beside its logits
  bool teacher = false;                   ///< Step::teacher will be called
  bool class_scores = false;              ///< the logits must be scores of classes, [N, classes], and labels() classes
};

/// What a modifier writes, so that two that write one field of one tensor in overlapping windows can be refused.
enum class Writes { nothing, masks, encodings, averages, codebooks };

/// `likely`: what goes is spread evenly over the layers. `least`: no larger than any network that can be left.
enum class Outcome { likely, least };

/// Holds options only; every tensor lives in Model::own, so that it is saved and resumed. Hooks of several modifiers
/// are called in the recipe's order. Registered as kind "modifier"; the window (`epochs:`), `name:` and `teacher:` are
/// read by the pipeline.
class Modifier {
 public:
  virtual ~Modifier() = default;
  virtual Needs needs() const { return {}; }
  virtual Writes writes() const { return Writes::nothing; }
  /// Problems of the options against this network: selectors that match nothing, layers that cannot be pruned; `value`
  /// is where they were written. `epochs` is the length of the modifier's window and of the training, in epochs.
  virtual void check(const graph::Network& student, const schema::Value& value, double start, double end,
                     double training, std::vector<Problem>& problems) const {}
  /// What the modifier leaves of this network, without training: whether the recipe can fit a target is asked before
  /// the first epoch. Masks stand for what is zero and stays.
  virtual graph::Network outcome(const graph::Network& student, Outcome which) const { return student; }
  /// The window begins, or the run is resumed inside it (then every own() tensor is there already).
  virtual void open(Model& model, bool resumed) {}
  virtual void before_step(Model& model, Step& step) {}
  /// After the forward pass: add terms to step.losses, change the weight of the task's.
  virtual void loss(Model& model, Step& step) {}
  virtual void after_backward(Model& model, Step& step) {}
  /// After the optimizer's step; masks hold again.
  virtual void after_step(Model& model, Step& step) {}
  virtual void rewritten(Model& model, const std::vector<passes::Cut>& cuts) {}
  /// The window ends; masks and encodings set on the Model remain.
  virtual void close(Model& model) {}
};

}  // namespace espalier::compression
