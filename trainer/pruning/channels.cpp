// Whole channels: the structure that makes a network smaller and faster on any device. A channel is an output slice of
// a convolution together with everything that lives and dies with it: its bias, the batch norm's gamma and beta,
// depthwise kernels that pass it on, and the channels that a residual addition ties to it (passes/channel_groups.h).
//
// Score of a channel: the mean, over the weight slices that produce it, of the criterion's score of the slice. Unless
// the criterion says that its scores compare between layers, each is divided by the mean over its tensor's slices,
// masked ones included: then layers of different scale compare, and a layer that has lost many defends the rest. Masks
// cover every coupled parameter, beta too, since relu(beta) would reach the next layer; consumers need none. Li et al.
// 2017, "Pruning filters for efficient convnets", arXiv:1608.08710; coupling after Fang et al. 2023, arXiv:2301.12900.
#include <ATen/ATen.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <set>

#include "base/text.h"
#include "pruning/channel_plan.h"
#include "schema/registry.h"

namespace espalier::pruning::channels {

using compression::Model;

struct Options {
  static void describe(schema::Describe<Options>& d) {
    d.about("whole channels, physically removed", "Li et al. 2017, arXiv:1608.08710");
  }
};

/// [n, k]: the n slices of `values` along `axis`.
at::Tensor rows(const at::Tensor& values, int axis) {
  return values.detach().movedim(axis, 0).reshape({values.size(axis), -1});
}

/// Per-slice numbers of one tensor along one axis, computed when first asked for.
class SliceValues {
 public:
  using Compute = std::function<at::Tensor(const std::string& tensor, int axis)>;
  explicit SliceValues(Compute compute) : compute_(std::move(compute)) {}
  double at(const passes::Slice& slice) {
    auto& values = all_[{slice.tensor, slice.axis}];
    if (values.empty()) {
      const auto tensor = compute_(slice.tensor, slice.axis).to(at::kCPU, at::kDouble).contiguous();
      values.assign(tensor.data_ptr<double>(), tensor.data_ptr<double>() + tensor.numel());
    }
    return values[static_cast<std::size_t>(slice.index)];
  }

 private:
  Compute compute_;
  std::map<std::pair<std::string, int>, std::vector<double>> all_;
};

std::set<std::string> tensors_of_role(const graph::Network& network, graph::Role role) {
  std::set<std::string> all;
  for (const auto& node : network.nodes)
    for (const auto& slot : network.slots(node))
      if (slot.role == role) all.insert(concat(node.name, ".", slot.name));
  return all;
}

class ChannelStructure : public Structure {
 public:
  std::vector<std::string> layers(const graph::Network& network) const override {
    const ChannelPlan plan(network, {});
    std::vector<std::string> all;
    for (const auto& node : network.nodes)
      if (plan.touches(node.name)) all.push_back(node.name);
    return all;
  }

  std::string obstacle(const graph::Network& network, const Selection& selection, const Goal& goal) const override {
    const ChannelPlan plan(network, selection);
    if (plan.eligible().empty())
      return "no channel can be removed: each is an input or output of the network, or coupled with a layer that is "
             "not selected";
    const auto limits = concat("minimum_channels ", goal.minimum_channels, " and multiple_of ", goal.multiple_of);
    if (goal.macs < 1) {
      const double least = plan.least_macs(goal);
      return least <= goal.macs ? ""
                                : concat("macs ", goal.macs, " cannot be reached: with ", limits, ", ",
                                         fixed_text(least, 3), " of them remain at least");
    }
    const double most = plan.most_sparsity(goal);
    return goal.sparsity <= most + 1e-9 ? ""
                                        : concat("sparsity ", goal.sparsity, " cannot be reached: with ", limits,
                                                 ", at most ", fixed_text(most, 3), " of the channels can go");
  }

  void prune(Model& model, const Criterion& criterion, const Selection& selection, const Goal& goal) const override {
    ChannelPlan plan(model.network(), selection);
    plan.mark_gone(masked_groups(model, plan));
    const auto chosen = plan.choose(scores(model, criterion, plan), goal);
    if (!chosen.empty()) mask(model, plan, chosen);
  }

  graph::Network outcome(const graph::Network& network, const Selection& selection, const Goal& goal,
                         compression::Outcome which) const override {
    ChannelPlan plan(network, selection);
    if (which == compression::Outcome::least) return without(network, plan, plan.most(goal));
    auto even = goal;
    even.global = false;
    return without(network, plan, plan.choose(std::vector<double>(plan.groups().size(), 0.0), even));
  }

  std::string removal() const override { return "remove_masked_channels"; }

 private:
  /// Groups of which every trainable slice is masked.
  static std::vector<std::size_t> masked_groups(Model& model, const ChannelPlan& plan) {
    const auto parameters = model.parameters();
    const std::set<std::string> trained(parameters.begin(), parameters.end());
    SliceValues kept([&](const std::string& tensor, int axis) {
      const auto mask = model.mask(tensor);
      const auto extent = model.parameter(tensor).size(axis);
      if (!mask.defined()) return at::ones({extent});
      return std::get<0>(rows(mask.expand_as(model.parameter(tensor)).to(at::kFloat), axis).max(1));
    });
    std::vector<std::size_t> gone;
    for (const auto g : plan.eligible()) {
      const auto& slices = plan.groups()[g].produced;
      if (std::none_of(slices.begin(), slices.end(),
                       [&](const passes::Slice& s) { return trained.count(s.tensor) && kept.at(s) != 0; }))
        gone.push_back(g);
    }
    return gone;
  }

  static std::vector<double> scores(Model& model, const Criterion& criterion, const ChannelPlan& plan) {
    const auto looked_at = tensors_of_role(model.network(), criterion.looks_at());
    SliceValues values([&](const std::string& tensor, int axis) {
      const auto score = criterion.slices(rows(model.parameter(tensor), axis), tensor).to(at::kDouble);
      return criterion.compares_layers() ? score : score / score.mean().clamp_min(std::numeric_limits<double>::min());
    });
    std::vector<double> all(plan.groups().size(), 0.0);
    for (const auto g : plan.eligible()) {
      double sum = 0, count = 0;
      for (const auto& slice : plan.groups()[g].produced)
        if (looked_at.count(slice.tensor)) sum += values.at(slice), ++count;
      if (count > 0) all[g] = sum / count;
    }
    return all;
  }

  static void mask(Model& model, const ChannelPlan& plan, const std::vector<std::size_t>& chosen) {
    const auto parameters = model.parameters();
    const std::set<std::string> trained(parameters.begin(), parameters.end());
    std::map<std::pair<std::string, int>, std::vector<std::int64_t>> dropped;
    for (const auto g : chosen)
      for (const auto& slice : plan.groups()[g].produced)
        if (trained.count(slice.tensor)) dropped[{slice.tensor, slice.axis}].push_back(slice.index);
    for (const auto& [where, indices] : dropped) {
      const auto values = model.parameter(where.first).detach();
      const auto before = model.mask(where.first);
      auto keep = before.defined() ? before.to(at::kBool).expand_as(values).clone()
                                   : at::ones(values.sizes(), values.options().dtype(at::kBool));
      keep.index_fill_(where.second, at::tensor(indices, values.options().dtype(at::kLong)), at::Scalar(false));
      model.set_mask(where.first, keep);
    }
  }
};

void enlist(schema::Registry& registry) {
  registry.add<Structure, Options>("structure", "channels",
                                   [](const Options&, const schema::Registry&, std::vector<Problem>&) {
                                     return std::make_unique<ChannelStructure>();
                                   });
}

}  // namespace espalier::pruning::channels
