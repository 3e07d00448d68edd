#include "pruning/channel_plan.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "passes/rewrite.h"

namespace espalier::pruning {
namespace {

/// "block1.conv" of "block1.conv.weight".
std::string node_of(const std::string& tensor) { return tensor.substr(0, tensor.rfind('.')); }

bool may_go(const passes::ChannelGroup& group, const Selection& selection) {
  if (!group.prunable || group.producers.empty()) return false;
  const auto selected = [&](const std::string& producer) { return selection.holds(producer); };
  if (!std::all_of(group.producers.begin(), group.producers.end(), selected)) return false;
  return std::none_of(group.produced.begin(), group.produced.end(),
                      [&](const passes::Slice& slice) { return selection.ignores(node_of(slice.tensor)); });
}

/// floor(fraction * count), forgiving the rounding of a fraction such as 0.7.
std::int64_t share(double fraction, std::int64_t count) {
  return static_cast<std::int64_t>(std::floor(fraction * static_cast<double>(count) + 1e-9));
}

/// Sets the slice to 0.
void clear(graph::Tensor& mask, const passes::Slice& slice) {
  std::int64_t inner = 1, outer = 1;
  for (std::size_t axis = 0; axis < mask.shape.size(); ++axis) {
    if (static_cast<int>(axis) < slice.axis) outer *= mask.shape[axis];
    if (static_cast<int>(axis) > slice.axis) inner *= mask.shape[axis];
  }
  const auto extent = mask.shape[static_cast<std::size_t>(slice.axis)];
  for (std::int64_t o = 0; o < outer; ++o)
    std::fill_n(mask.bytes.begin() + (o * extent + slice.index) * inner, inner, std::uint8_t{0});
}

}  // namespace

LiveMacs::LiveMacs(const graph::Network& network) {
  for (const auto& node : network.nodes) {
    const auto macs = static_cast<double>(graph::cost_of(network, node).macs);
    full_ += macs;
    double all = 0;
    for (const auto& slot : network.slots(node))
      if (slot.role == graph::Role::weight) all += static_cast<double>(graph::elements(slot.shape));
    for (const auto& slot : network.slots(node)) {
      if (slot.role != graph::Role::weight || macs == 0) continue;
      auto& weight = weights_[concat(node.name, ".", slot.name)];
      weight.macs = macs * static_cast<double>(graph::elements(slot.shape)) / all;
      for (const int axis : {slot.out_axis, slot.in_axis})
        if (axis >= 0)
          weight.live[axis] = {slot.shape[static_cast<std::size_t>(axis)], slot.shape[static_cast<std::size_t>(axis)]};
    }
  }
  total_ = full_;
}

double LiveMacs::Weight::now() const {
  double product = macs;
  for (const auto& [axis, count] : live)
    product *= static_cast<double>(count.first) / static_cast<double>(count.second);
  return product;
}

void LiveMacs::drop(const passes::Slice& slice) {
  const auto found = weights_.find(slice.tensor);
  if (found == weights_.end()) return;
  const auto axis = found->second.live.find(slice.axis);
  if (axis == found->second.live.end()) return;
  total_ -= found->second.now();
  --axis->second.first;
  total_ += found->second.now();
}

void LiveMacs::drop(const passes::ChannelGroup& group) {
  for (const auto& slice : group.produced) drop(slice);
  for (const auto& slice : group.consumed) drop(slice);
}

ChannelPlan::ChannelPlan(const graph::Network& network, const Selection& selection)
    : groups_(passes::channel_groups(network)), macs_(network) {
  std::map<std::string, std::size_t> index;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    if (!may_go(groups_[g], selection)) continue;
    eligible_.push_back(g);
    const auto name = join(groups_[g].producers, "+");
    const auto [at, made] = index.emplace(name, families_.size());
    if (made) families_.push_back({name, {}, 0});
    families_[at->second].live.push_back(g);
    ++families_[at->second].all;
  }
}

bool ChannelPlan::touches(const std::string& producer) const {
  return std::any_of(eligible_.begin(), eligible_.end(), [&](std::size_t g) {
    const auto& all = groups_[g].producers;
    return std::find(all.begin(), all.end(), producer) != all.end();
  });
}

void ChannelPlan::mark_gone(const std::vector<std::size_t>& gone) {
  for (const auto g : gone) {
    macs_.drop(groups_[g]);
    for (auto& family : families_)
      family.live.erase(std::remove(family.live.begin(), family.live.end(), g), family.live.end());
  }
}

std::int64_t ChannelPlan::floor_of(const Family& family, const Goal& goal) {
  const auto least = std::max<std::int64_t>(goal.minimum_channels, 1),
             multiple = std::max<std::int64_t>(goal.multiple_of, 1);
  return std::min(family.all, (least + multiple - 1) / multiple * multiple);
}

/// How many channels the family loses at once, to come to the next multiple below; 0 when it cannot lose any.
std::int64_t ChannelPlan::next_step(const Family& family, const Goal& goal) {
  const auto live = static_cast<std::int64_t>(family.live.size()),
             multiple = std::max<std::int64_t>(goal.multiple_of, 1);
  const auto step = live % multiple == 0 ? multiple : live % multiple;
  return live - step >= floor_of(family, goal) ? step : 0;
}

bool ChannelPlan::fits(const Family& family, std::int64_t step, const Goal& goal, std::int64_t gone) const {
  if (step == 0) return false;
  if (goal.macs < 1) return macs_.total() > goal.macs * macs_.full() * (1 + 1e-9);
  if (goal.global) return gone + step <= share(goal.sparsity, static_cast<std::int64_t>(eligible_.size()));
  return family.gone() + step <= share(goal.sparsity, family.all);
}

/// Families go by the mean score of the channels that they would lose; layer by layer, by how much of them is left.
double ChannelPlan::rank(const Family& family, std::int64_t step, const std::vector<double>& scores,
                         const Goal& goal) const {
  if (!goal.global) return -static_cast<double>(family.live.size()) / static_cast<double>(family.all);
  double sum = 0;
  for (std::int64_t i = 0; i < step; ++i)
    sum += scores[family.live[family.live.size() - 1 - static_cast<std::size_t>(i)]];
  return sum / static_cast<double>(step);
}

std::vector<std::size_t> ChannelPlan::choose(const std::vector<double>& scores, const Goal& goal) {
  std::int64_t gone = 0;
  for (auto& family : families_) {
    std::sort(family.live.begin(), family.live.end(),
              [&](std::size_t a, std::size_t b) { return scores[a] != scores[b] ? scores[a] > scores[b] : a < b; });
    gone += family.gone();
  }
  std::vector<std::size_t> chosen;
  for (;;) {
    Family* next = nullptr;
    double lowest = std::numeric_limits<double>::infinity();
    for (auto& family : families_) {
      const auto step = next_step(family, goal);
      if (!fits(family, step, goal, gone)) continue;
      const double value = rank(family, step, scores, goal);
      if (value < lowest) lowest = value, next = &family;
    }
    if (!next) return chosen;
    for (auto step = next_step(*next, goal); step > 0; --step, ++gone) {
      chosen.push_back(next->live.back());
      macs_.drop(groups_[next->live.back()]);
      next->live.pop_back();
    }
  }
}

std::vector<std::size_t> ChannelPlan::most(const Goal& goal) const {
  const auto any = static_cast<std::int64_t>(eligible_.size());
  std::vector<std::size_t> gone;
  for (const auto& family : families_) {
    const auto allowed = goal.macs < 1 ? family.all : share(goal.sparsity, goal.global ? any : family.all);
    const auto count = std::min(allowed, family.all - floor_of(family, goal));
    gone.insert(gone.end(), family.live.end() - static_cast<std::ptrdiff_t>(count), family.live.end());
  }
  return gone;
}

double ChannelPlan::most_sparsity(const Goal& goal) const {
  std::int64_t removable = 0, all = 0;
  for (const auto& family : families_) {
    removable += family.all - floor_of(family, goal);
    all += family.all;
  }
  return all == 0 ? 0 : static_cast<double>(removable) / static_cast<double>(all);
}

double ChannelPlan::least_macs(const Goal& goal) const {
  auto macs = macs_;
  for (const auto& family : families_)
    for (std::int64_t i = floor_of(family, goal); i < family.all; ++i)
      macs.drop(groups_[family.live[static_cast<std::size_t>(i)]]);
  return macs.full() > 0 ? macs.total() / macs.full() : 1;
}

graph::Network without(const graph::Network& network, const ChannelPlan& plan, const std::vector<std::size_t>& gone) {
  std::map<std::string, graph::Shape> shapes;
  for (const auto& node : network.nodes)
    for (const auto& slot : network.slots(node)) shapes[concat(node.name, ".", slot.name)] = slot.shape;
  auto masked = network;
  for (const auto group : gone)
    for (const auto& slice : plan.groups()[group].produced) {
      auto& mask = masked.masks[slice.tensor];
      if (mask.shape.empty()) {
        mask = graph::Tensor(graph::Type::uint8, shapes.at(slice.tensor));
        std::fill(mask.bytes.begin(), mask.bytes.end(), std::uint8_t{1});
      }
      clear(mask, slice);
    }
  return passes::remove_masked_channels(masked).network;
}

}  // namespace espalier::pruning
