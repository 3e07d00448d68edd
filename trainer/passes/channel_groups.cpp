#include "passes/channel_groups.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "base/text.h"

namespace espalier::passes {
namespace {

using graph::Channels;
using graph::Network;
using graph::Node;

/// Channels by number; those that must live and die together are united.
class Ids {
 public:
  std::vector<std::size_t> fresh(std::int64_t count) {
    std::vector<std::size_t> ids(static_cast<std::size_t>(count));
    std::iota(ids.begin(), ids.end(), parent_.size());
    parent_.insert(parent_.end(), ids.begin(), ids.end());
    return ids;
  }
  void unite(std::size_t a, std::size_t b) {
    a = root(a), b = root(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }
  std::size_t root(std::size_t id) {
    while (parent_[id] != id) id = parent_[id] = parent_[parent_[id]];
    return id;
  }

 private:
  std::vector<std::size_t> parent_;
};

/// For every activation, for each slice along its first axis: its id, and whether it is zero once all is that its
/// group produces.
class ChannelTrace {
 public:
  explicit ChannelTrace(const Network& network) : network_(network) {
    for (const auto& node : network.nodes) {
      follow(node);
      follow_zeros(node);
    }
  }
  /// Final only when all nodes have been followed: an addition unites ids of earlier nodes.
  std::vector<std::size_t> of(const std::string& node) {
    auto ids = ids_.at(node);
    for (auto& id : ids) id = all_.root(id);
    return ids;
  }

  const std::vector<bool>& falls_silent(const std::string& node) const { return silent_.at(node); }

 private:
  void follow(const Node& node) {
    auto& out = ids_[node.name];
    switch (node.op->channels) {
      case Channels::source:
      case Channels::produce:
        out = all_.fresh(node.shape[0]);
        break;
      case Channels::pass:
        out = ids_.at(node.inputs[0]);
        break;
      case Channels::tie:
        out = ids_.at(node.inputs[0]);
        for (const auto& input : node.inputs)
          for (std::size_t c = 0; c < out.size(); ++c) all_.unite(out[c], ids_.at(input)[c]);
        break;
      case Channels::concatenate:
        for (const auto& input : node.inputs) out.insert(out.end(), ids_.at(input).begin(), ids_.at(input).end());
        break;
      case Channels::flatten: {
        const auto& channels = ids_.at(node.inputs[0]);
        const auto each = static_cast<std::size_t>(node.shape[0]) / channels.size();
        for (const auto id : channels) out.insert(out.end(), each, id);
        break;
      }
    }
  }

  void follow_zeros(const Node& node) {
    auto& out = silent_[node.name];
    const auto slots = network_.slots(node);
    const bool weighs = std::any_of(slots.begin(), slots.end(), [](const auto& slot) { return slot.out_axis >= 0; });
    if (weighs || node.inputs.empty() || node.op->zeros == graph::Zeros::never) {
      out.assign(ids_.at(node.name).size(), weighs);
      return;
    }
    if (node.op->channels == Channels::concatenate) {
      for (const auto& input : node.inputs) out.insert(out.end(), silent_.at(input).begin(), silent_.at(input).end());
      return;
    }
    const bool any = node.op->zeros == graph::Zeros::any;
    out.assign(ids_.at(node.name).size(), !any);
    for (const auto& input : node.inputs) {
      const auto& in = silent_.at(input);
      for (std::size_t c = 0; c < out.size(); ++c) {
        const bool silent = in[c / (out.size() / in.size())];  // of one channel many, behind a flattening
        out[c] = any ? out[c] || silent : out[c] && silent;
      }
    }
  }

  const Network& network_;
  Ids all_;
  std::map<std::string, std::vector<std::size_t>> ids_;
  std::map<std::string, std::vector<bool>> silent_;
};

using Groups = std::map<std::size_t, ChannelGroup>;

void add_slices(Groups& groups, const std::string& tensor, int axis, const std::vector<std::size_t>& ids,
                std::vector<Slice> ChannelGroup::*side) {
  for (std::size_t i = 0; i < ids.size(); ++i)
    (groups[ids[i]].*side).push_back({tensor, axis, static_cast<std::int64_t>(i)});
}

std::map<std::size_t, double> shares(const std::vector<std::size_t>& ids) {
  std::map<std::size_t, double> share;
  for (const auto id : ids) share[id] += 1.0 / static_cast<double>(ids.size());
  return share;
}

/// A multiply-accumulate goes when either its output or its input channel goes.
void add_macs(Groups& groups, std::int64_t macs, const std::vector<std::size_t>& outputs,
              const std::vector<std::size_t>& inputs) {
  const auto out = shares(outputs), in = shares(inputs);
  std::map<std::size_t, double> left;
  for (const auto& [id, share] : out) left[id] = 1 - share;
  for (const auto& [id, share] : in) left.emplace(id, 1).first->second *= 1 - share;
  for (const auto& [id, rest] : left)
    groups[id].macs += static_cast<std::int64_t>(static_cast<double>(macs) * (1 - rest) + 0.5);
}

/// A layer that reads a channel which is not zero although nothing produces it: without it the layer would compute
/// something else.
void keep_loud_channels(Groups& groups, ChannelTrace& trace, const std::string& input) {
  const auto ids = trace.of(input);
  const auto& silent = trace.falls_silent(input);
  for (std::size_t c = 0; c < ids.size(); ++c)
    if (!silent[c]) groups[ids[c]].prunable = false;
}

/// Of a weight that reads each channel several times, as a recurrent layer's does, channels outermost.
std::vector<std::size_t> repeated(const std::vector<std::size_t>& ids, const graph::Slot& slot) {
  const auto each = static_cast<std::size_t>(slot.shape[static_cast<std::size_t>(slot.in_axis)]) / ids.size();
  std::vector<std::size_t> all;
  for (const auto id : ids) all.insert(all.end(), each, id);
  return all;
}

/// Every weight has its elements' share of the node's.
void add_macs_of(Groups& groups, ChannelTrace& trace, const Network& network, const Node& node) {
  const auto macs = node.op->macs(node, network.input_shapes(node));
  if (macs == 0) return;
  const auto slots = network.slots(node);
  std::int64_t all = 0;
  for (const auto& slot : slots)
    if (slot.role == graph::Role::weight) all += graph::elements(slot.shape);
  for (const auto& slot : slots) {
    if (slot.role != graph::Role::weight) continue;
    using Channels = std::vector<std::size_t>;
    add_macs(groups, macs / all * graph::elements(slot.shape), slot.out_axis >= 0 ? trace.of(node.name) : Channels{},
             slot.in_axis >= 0 ? trace.of(node.inputs[0]) : Channels{});
  }
}

void add_node(Groups& groups, ChannelTrace& trace, const Network& network, const Node& node) {
  const auto outputs = trace.of(node.name);
  bool mixes = false, weighs = false, follows = false;
  for (const auto& slot : network.slots(node)) {
    const auto tensor = concat(node.name, ".", slot.name);
    if (slot.out_axis >= 0) add_slices(groups, tensor, slot.out_axis, outputs, &ChannelGroup::produced);
    if (slot.in_axis >= 0)
      add_slices(groups, tensor, slot.in_axis, repeated(trace.of(node.inputs[0]), slot), &ChannelGroup::consumed);
    mixes |= slot.in_axis >= 0;
    weighs |= slot.role == graph::Role::weight;
    follows |= slot.out_axis >= 0;
  }
  if (mixes) keep_loud_channels(groups, trace, node.inputs[0]);
  add_macs_of(groups, trace, network, node);
  const bool end = node.op->channels == Channels::source || &node == &network.nodes.back();
  for (const auto id : outputs) {
    auto& group = groups[id];
    if (end || (weighs && !follows)) group.prunable = false;
    if (node.op->channels == Channels::produce && (group.producers.empty() || group.producers.back() != node.name))
      group.producers.push_back(node.name);
  }
}

}  // namespace

std::vector<ChannelGroup> channel_groups(const Network& network) {
  ChannelTrace trace(network);
  Groups groups;
  for (const auto& node : network.nodes) add_node(groups, trace, network, node);
  std::vector<ChannelGroup> ordered;
  std::map<std::size_t, bool> listed;
  for (const auto& node : network.nodes) {
    if (node.op->channels != Channels::produce) continue;
    for (const auto id : trace.of(node.name))
      if (!std::exchange(listed[id], true)) ordered.push_back(std::move(groups.at(id)));
  }
  return ordered;
}

}  // namespace espalier::passes
