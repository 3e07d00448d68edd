// What pruning removes: single weights or whole channels.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "compression/modifier.h"
#include "pruning/criterion.h"

namespace espalier::pruning {

/// Which layers may be pruned: those that match one of `layers` and none of `ignore` (globs over node names).
struct Selection {
  std::vector<std::string> layers = {"*"}, ignore;
  bool ignores(const std::string& layer) const;
  bool holds(const std::string& layer) const;
};

/// How far to go.
struct Goal {
  double sparsity = 0;  ///< fraction removed of what the selection holds, in [0, 1)
  double macs = 1;      ///< fraction of the network's multiply-accumulates to keep; below 1 it replaces `sparsity`
  bool global = true;   ///< ranked over all layers; otherwise the same fraction in each
  std::int64_t minimum_channels = 4;  ///< of a layer, never fewer (channels)
  std::int64_t multiple_of = 4;       ///< kept channels of a layer are rounded up to a multiple
};

/// Kind "structure"; a word in the recipe, without options of its own.
class Structure {
 public:
  virtual ~Structure() = default;
  /// Layers of the network that can be pruned in this way at all, in graph order.
  virtual std::vector<std::string> layers(const graph::Network& network) const = 0;
  /// Why the goal cannot be reached, or "".
  virtual std::string obstacle(const graph::Network& network, const Selection& selection, const Goal& goal) const = 0;
  /// Sets masks that reach the goal. What is masked already stays masked and counts; nothing happens where the goal is
  /// behind.
  virtual void prune(compression::Model& model, const Criterion& criterion, const Selection& selection,
                     const Goal& goal) const = 0;
  /// What pruning to the goal leaves, without scores: see compression::Outcome.
  virtual graph::Network outcome(const graph::Network& network, const Selection& selection, const Goal& goal,
                                 compression::Outcome which) const = 0;
  /// A pass that takes out what has been masked, or "".
  virtual std::string removal() const { return {}; }
};

}  // namespace espalier::pruning
