#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "passes/channel_groups.h"
#include "passes/rewrite.h"
#include "passes/splice.h"

namespace espalier::passes {
namespace {

using graph::Network;
using graph::Role;

/// Roles by which a channel can be something else than zero; running statistics cannot on their own.
bool speaks(Role role) { return role != Role::running_mean && role != Role::running_variance; }

std::set<std::string> speaking_tensors(const Network& network) {
  std::set<std::string> names;
  for (const auto& node : network.nodes)
    for (const auto& slot : network.slots(node))
      if (speaks(slot.role)) names.insert(concat(node.name, ".", slot.name));
  return names;
}

bool is_masked(const Network& network, const Slice& slice) {
  const auto mask = network.masks.find(slice.tensor);
  if (mask == network.masks.end()) return false;
  const std::int64_t kept[] = {slice.index};
  const auto flags = graph::take(mask->second, slice.axis, kept);
  return std::all_of(flags.bytes.begin(), flags.bytes.end(), [](std::uint8_t flag) { return flag == 0; });
}

/// Groups that can go: nothing that they produce is left.
std::vector<const ChannelGroup*> silent_groups(const Network& network, const std::vector<ChannelGroup>& groups) {
  const auto speaking = speaking_tensors(network);
  std::vector<const ChannelGroup*> silent;
  for (const auto& group : groups)
    if (group.prunable && std::all_of(group.produced.begin(), group.produced.end(), [&](const Slice& slice) {
          return !speaking.count(slice.tensor) || is_masked(network, slice);
        }))
      silent.push_back(&group);
  return silent;
}

/// A layer keeps at least one channel: the first of those that would go stays.
void keep_last_channels(const std::vector<ChannelGroup>& groups, std::vector<const ChannelGroup*>& silent) {
  std::map<std::string, std::int64_t> left;
  for (const auto& group : groups)
    for (const auto& producer : group.producers) ++left[producer];
  for (const auto* group : silent)
    for (const auto& producer : group->producers) --left[producer];
  std::erase_if(silent, [&](const ChannelGroup* group) {
    const bool last = std::any_of(group->producers.begin(), group->producers.end(),
                                  [&](const std::string& producer) { return left[producer] == 0; });
    if (last)
      for (const auto& producer : group->producers) ++left[producer];
    return last;
  });
}

using Removed = std::map<std::pair<std::string, int>, std::set<std::int64_t>>;

Removed removed_slices(const std::vector<const ChannelGroup*>& groups) {
  Removed removed;
  for (const auto* group : groups)
    for (const auto* side : {&group->produced, &group->consumed})
      for (const auto& slice : *side) removed[{slice.tensor, slice.axis}].insert(slice.index);
  return removed;
}

void cut_encoding(Network& network, const Cut& cut) {
  const auto found = network.encodings.find(cut.tensor);
  if (found == network.encodings.end() || found->second.axis != cut.axis || found->second.scale.size() < 2) return;
  auto& encoding = found->second;
  const auto keep = [&](auto& slices) {
    std::remove_reference_t<decltype(slices)> kept;
    for (const auto index : cut.kept) kept.push_back(slices[static_cast<std::size_t>(index)]);
    slices = std::move(kept);
  };
  keep(encoding.scale);
  keep(encoding.zero_point);
  if (!encoding.signs.empty()) keep(encoding.signs);
}

void apply(Network& network, const Cut& cut) {
  auto& weight = network.weights.at(cut.tensor);
  weight = graph::take(weight, cut.axis, cut.kept);
  if (auto mask = network.masks.find(cut.tensor); mask != network.masks.end())
    mask->second = graph::take(mask->second, cut.axis, cut.kept);
  cut_encoding(network, cut);
}

void shrink_producers(Network& network) {
  for (auto& node : network.nodes) {
    if (node.op->channels != graph::Channels::produce) continue;
    for (const auto& slot : network.slots(node))
      if (slot.role == Role::weight && slot.out_axis >= 0)
        set_attribute(
            node, "out",
            std::to_string(
                network.weights.at(concat(node.name, ".", slot.name)).shape[static_cast<std::size_t>(slot.out_axis)]));
  }
  graph::infer_shapes(network);
}

void drop_full_masks(Network& network) {
  std::erase_if(network.masks, [](const auto& entry) {
    return std::ranges::all_of(entry.second.bytes, [](std::uint8_t flag) { return flag != 0; });
  });
}

}  // namespace

Rewrite remove_masked_channels(const Network& network) {
  Rewrite result{network, {}, {}};
  const auto groups = channel_groups(network);
  auto silent = silent_groups(network, groups);
  keep_last_channels(groups, silent);
  for (const auto& [place, indices] : removed_slices(silent)) {
    Cut cut{place.first, place.second, {}};
    const auto extent = result.network.weights.at(cut.tensor).shape[static_cast<std::size_t>(cut.axis)];
    for (std::int64_t i = 0; i < extent; ++i)
      if (!indices.count(i)) cut.kept.push_back(i);
    apply(result.network, cut);
    result.cuts.push_back(std::move(cut));
  }
  shrink_producers(result.network);
  drop_full_masks(result.network);
  graph::check_weights(result.network);
  return result;
}

}  // namespace espalier::passes
