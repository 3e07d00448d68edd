#include "targets/planned.h"

#include <algorithm>

#include "base/random.h"
#include "base/text.h"
#include "integer/lowering.h"
#include "passes/fusion.h"
#include "passes/rewrite.h"

namespace espalier::targets {
namespace {

using graph::Network, graph::Role, graph::Tensor;

// Powers of two: every product of scales is exact, and no accumulator can leave its range.
constexpr float activation_scale = 0.0625f, weight_scale = 1.0f / 1024;

/// Codes of either sign without a pattern, as large as the tensor's encoding allows (or of its codebook) where it has
/// one already, else up to 127; zero where the mask says so.
Tensor stand_in(const Network& network, const std::string& name, const graph::Shape& shape) {
  Tensor tensor(graph::Type::float32, shape);
  auto values = tensor.floats();
  std::vector<std::uint32_t> bits(values.size());
  Random(1, name).fill(bits);
  const auto known = network.encodings.find(name);
  const auto largest =
      static_cast<std::uint32_t>(known == network.encodings.end() ? 127 : std::clamp(known->second.high, 1, 127));
  const auto code = [&](std::uint32_t random) {
    if (known == network.encodings.end() || known->second.codes.empty())
      return static_cast<float>(1 + (random >> 1) % largest) * (random & 1 ? 1.0f : -1.0f);
    const auto& codes = known->second.codes;
    return static_cast<float>(codes[random % codes.size()]);
  };
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = code(bits[i]) * weight_scale;
  if (const auto mask = network.masks.find(name); mask != network.masks.end())
    for (std::size_t i = 0; i < values.size(); ++i) values[i] *= static_cast<float>(mask->second.flags()[i]);
  return tensor;
}

}  // namespace

integer::Program planned_program(const Network& trained) {
  auto network = passes::fold_batch_norm(passes::remove_dropout(trained).network).network;
  for (const auto& node : network.nodes)
    for (const auto& slot : network.slots(node)) {
      const auto name = concat(node.name, ".", slot.name);
      if (slot.role == Role::bias) network.weights[name] = Tensor(graph::Type::float32, slot.shape);
      if (slot.role != Role::weight) continue;
      network.weights[name] = stand_in(network, name, slot.shape);
      const auto channels = static_cast<std::size_t>(slot.shape[static_cast<std::size_t>(slot.out_axis)]);
      network.encodings[name] = {std::vector<float>(channels, weight_scale), std::vector<std::int32_t>(channels, 0),
                                 -127, 127, slot.out_axis};
    }
  for (const auto& [output, group] : passes::encoding_groups(network)) {
    const auto& op = *network.node(group).op;
    network.encodings[output] = op.encoding == graph::EncodingTrait::fixed
                                    ? graph::Encoding{{op.fixed.scale}, {op.fixed.zero_point}}
                                    : graph::Encoding{{activation_scale}, {0}};
  }
  return integer::lower(network);
}

}  // namespace espalier::targets
