// Single weights: high sparsity at little loss, which pays on a device only where zeros are stored or computed for
// less. Layer by layer, or ranked over all layers by the criterion's raw score; the best weight of every layer always
// stays, so that no layer is cut off. Han et al. 2015, "Learning both weights and connections", arXiv:1506.02626.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.h"
#include "base/text.h"
#include "pruning/structure.h"
#include "schema/registry.h"

namespace espalier::pruning::weights {

using compression::Model, compression::Name;

struct Options {
  static void describe(schema::Describe<Options>& d) {
    d.about("single weights, masked", "Han et al. 2015, arXiv:1506.02626");
  }
};

/// "block1.conv" of "block1.conv.weight".
std::string node_of(const Name& tensor) { return tensor.substr(0, tensor.rfind('.')); }

std::int64_t share(double fraction, std::int64_t count) {
  return static_cast<std::int64_t>(std::floor(fraction * static_cast<double>(count) + 1e-9));
}

void shuffle(std::vector<std::uint8_t>& flags, const Name& name) {
  const auto order = Random(1, name).permutation(static_cast<std::int64_t>(flags.size()));
  const auto before = flags;
  for (std::size_t i = 0; i < flags.size(); ++i) flags[i] = before[static_cast<std::size_t>(order[i])];
}

class WeightStructure : public Structure {
 public:
  std::vector<std::string> layers(const graph::Network& network) const override {
    std::vector<std::string> all;
    for (const auto& node : network.nodes)
      for (const auto& slot : network.slots(node))
        if (slot.role == graph::Role::weight) all.push_back(node.name);
    return all;
  }

  std::string obstacle(const graph::Network&, const Selection&, const Goal& goal) const override {
    return goal.macs < 1 ? "macs counts what channels save; single weights need `sparsity`" : "";
  }

  void prune(Model& model, const Criterion& criterion, const Selection& selection, const Goal& goal) const override {
    std::vector<Name> names;
    for (const auto& name : model.compressible())
      if (selection.holds(node_of(name))) names.push_back(name);
    std::vector<at::Tensor> scores;
    for (const auto& name : names) scores.push_back(ranked(model, criterion, name));
    if (!goal.global) {
      for (std::size_t i = 0; i < names.size(); ++i) mask(model, names[i], keep_best(scores[i], goal.sparsity));
      return;
    }
    if (names.empty()) return;
    const auto keep = keep_best(at::cat(scores), goal.sparsity);
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < names.size(); offset += scores[i++].size(0))
      mask(model, names[i], keep.narrow(0, offset, scores[i].size(0)));
  }

  /// The least: zeros in one run each, largest tensors first, what any encoding of zeros stores in least bytes. Likely:
  /// the same share everywhere, without a pattern.
  graph::Network outcome(const graph::Network& network, const Selection& selection, const Goal& goal,
                         compression::Outcome which) const override {
    const bool least = which == compression::Outcome::least;
    std::vector<std::pair<std::int64_t, Name>> tensors;
    std::int64_t all = 0;
    auto made = network;
    for (const auto& node : network.nodes)
      for (const auto& slot : network.slots(node)) {
        if (slot.role != graph::Role::weight || !selection.holds(node.name)) continue;
        tensors.emplace_back(graph::elements(slot.shape), concat(node.name, ".", slot.name));
        all += tensors.back().first;
        made.masks[tensors.back().second] = graph::Tensor(graph::Type::uint8, slot.shape);
      }
    std::sort(tensors.rbegin(), tensors.rend());
    std::int64_t left = share(goal.sparsity, all);
    for (const auto& [count, name] : tensors) {
      const auto gone = goal.global && least ? std::min(left, count - 1) : share(goal.sparsity, count);
      left -= gone;
      auto& flags = made.masks.at(name).bytes;
      std::fill(flags.begin() + gone, flags.end(), std::uint8_t{1});
      if (!least) shuffle(flags, name);
    }
    return made;
  }

 private:
  /// [elements]: the scores, with the masked ones first (-inf) and the best one last (inf).
  static at::Tensor ranked(Model& model, const Criterion& criterion, const Name& name) {
    const auto values = model.parameter(name).detach();
    auto scores = criterion.elements(values, name).to(at::kDouble).reshape({-1}).clone();
    const auto before = model.mask(name);
    if (before.defined())
      scores.masked_fill_(before.to(at::kBool).expand_as(values).reshape({-1}).logical_not(),
                          -std::numeric_limits<double>::infinity());
    scores.select(0, scores.argmax().item<std::int64_t>()).fill_(std::numeric_limits<double>::infinity());
    return scores;
  }

  /// Bool [n]: false for the floor(sparsity * n) lowest, ties by index.
  static at::Tensor keep_best(const at::Tensor& scores, double sparsity) {
    const auto drop = static_cast<std::int64_t>(std::floor(sparsity * static_cast<double>(scores.size(0)) + 1e-9));
    auto keep = at::ones(scores.sizes(), scores.options().dtype(at::kBool));
    const auto order = std::get<1>(at::sort(scores, /*stable=*/true, /*dim=*/0, /*descending=*/false));
    return keep.index_fill_(0, order.narrow(0, 0, drop), at::Scalar(false));
  }

  /// Masked weights stay masked even when the goal is behind them.
  static void mask(Model& model, const Name& name, at::Tensor keep) {
    keep = keep.reshape(model.parameter(name).sizes());
    const auto before = model.mask(name);
    if (before.defined()) keep = keep.logical_and(before.to(at::kBool));
    if (before.defined() ? !keep.equal(before.to(at::kBool).expand_as(keep)) : !keep.all().item<bool>())
      model.set_mask(name, keep);
  }
};

void enlist(schema::Registry& registry) {
  registry.add<Structure, Options>("structure", "weights",
                                   [](const Options&, const schema::Registry&, std::vector<Problem>&) {
                                     return std::make_unique<WeightStructure>();
                                   });
}

}  // namespace espalier::pruning::weights
