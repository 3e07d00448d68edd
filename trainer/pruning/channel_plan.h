// Which channels go next, as arithmetic on a graph and scores; no tensors.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "graph/network.h"
#include "passes/channel_groups.h"
#include "pruning/structure.h"

namespace espalier::pruning {

/// Multiply-accumulates of a network while channels go: those of a node shrink with the live slices of its weight along
/// each axis.
class LiveMacs {
 public:
  explicit LiveMacs(const graph::Network& network);
  void drop(const passes::ChannelGroup& group);
  double total() const { return total_; }
  double full() const { return full_; }

 private:
  struct Weight {
    double macs = 0;                                            ///< of the node, all slices live
    std::map<int, std::pair<std::int64_t, std::int64_t>> live;  ///< axis -> live, all
    double now() const;
  };
  void drop(const passes::Slice& slice);
  std::map<std::string, Weight> weights_;
  double total_ = 0, full_ = 0;
};

/// A choice of channels under a selection. Channels with the same producers form a family, the layer(s) that they count
/// for; a residual addition makes several layers one family. Families shrink by whole steps to multiples of
/// Goal::multiple_of.
class ChannelPlan {
 public:
  ChannelPlan(const graph::Network& network, const Selection& selection);

  const std::vector<passes::ChannelGroup>& groups() const { return groups_; }
  /// Indices of the groups that may go.
  const std::vector<std::size_t>& eligible() const { return eligible_; }
  /// Nodes that produce an eligible channel.
  bool touches(const std::string& producer) const;

  /// These are gone already. Once, before choose().
  void mark_gone(const std::vector<std::size_t>& groups);
  /// Chooses the groups that must go to reach the goal, by ascending score (one for each group; ties by index).
  std::vector<std::size_t> choose(const std::vector<double>& scores, const Goal& goal);
  /// The groups that are gone when every family has shrunk as far as the goal lets one shrink on its own: more than any
  /// choice takes, so that what is left is a bound.
  std::vector<std::size_t> most(const Goal& goal) const;
  /// The sparsity over all layers, and the MACs left, when every family has shrunk as far as minimum_channels and
  /// multiple_of allow.
  double most_sparsity(const Goal& goal) const;
  double least_macs(const Goal& goal) const;

 private:
  struct Family {
    std::string name;
    std::vector<std::size_t> live;  ///< while choosing: best first, so that the next to go is at the back
    std::int64_t all = 0;
    std::int64_t gone() const { return all - static_cast<std::int64_t>(live.size()); }
  };
  static std::int64_t floor_of(const Family& family, const Goal& goal);
  static std::int64_t next_step(const Family& family, const Goal& goal);
  bool fits(const Family& family, std::int64_t step, const Goal& goal, std::int64_t gone) const;
  double rank(const Family& family, std::int64_t step, const std::vector<double>& scores, const Goal& goal) const;

  std::vector<passes::ChannelGroup> groups_;
  std::vector<std::size_t> eligible_;
  std::vector<Family> families_;
  LiveMacs macs_;
};

/// The network without these groups of the plan that was made for it.
graph::Network without(const graph::Network& network, const ChannelPlan& plan, const std::vector<std::size_t>& gone);

}  // namespace espalier::pruning
