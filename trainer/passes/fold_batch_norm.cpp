#include <cmath>

#include "base/error.h"
#include "base/text.h"
#include "graph/operators/batch_norm.h"
#include "passes/fusion.h"
#include "passes/rewrite.h"
#include "passes/splice.h"

namespace espalier::passes {
namespace {

using graph::Network;
using graph::Tensor;

/// y = factor * x + offset for each channel.
struct Affine {
  std::vector<double> factor, offset;
};

std::span<const float> values(const Network& network, const std::string& tensor) {
  const auto found = network.weights.find(tensor);
  if (found == network.weights.end()) fail(concat("weight '", tensor, "' is missing"));
  return found->second.floats();
}

Affine affine_of(const Network& network, const graph::Node& norm) {
  const auto* attributes = norm.as<graph::BatchNorm>();
  if (!attributes) fail(concat("'", norm.name, "' is no batch norm"));
  const auto gamma = values(network, norm.name + ".gamma"), beta = values(network, norm.name + ".beta");
  const auto mean = values(network, norm.name + ".running_mean"),
             variance = values(network, norm.name + ".running_variance");
  Affine affine;
  for (std::size_t c = 0; c < gamma.size(); ++c) {
    affine.factor.push_back(gamma[c] / std::sqrt(static_cast<double>(variance[c]) + attributes->epsilon));
    affine.offset.push_back(beta[c] - mean[c] * affine.factor[c]);
  }
  return affine;
}

void scale_weight(Network& network, const std::string& tensor, const Affine& affine) {
  auto weight = network.weights.at(tensor).floats();  // the output axis is the first
  const auto each = weight.size() / affine.factor.size();
  for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = static_cast<float>(weight[i] * affine.factor[i / each]);
  const auto encoding = network.encodings.find(tensor);
  // One scale for the whole tensor does not commute with folding: such a scheme stores the encoding of the folded
  // weight.
  if (encoding == network.encodings.end() || encoding->second.axis != 0) return;
  auto& scale = encoding->second.scale;
  for (std::size_t c = 0; c < scale.size(); ++c)
    if (affine.factor[c] != 0)
      scale[c] =
          static_cast<float>(scale[c] * std::abs(affine.factor[c]));  // at 0 every weight is 0: any grid holds it
  if (encoding->second.codes.empty()) return;
  auto& signs = encoding->second.signs;
  signs.resize(scale.size(), 1);
  for (std::size_t c = 0; c < scale.size(); ++c)
    if (affine.factor[c] < 0) signs[c] = -signs[c];
}

void fold_bias(Network& network, graph::Node& anchor, const Affine& affine) {
  const auto name = anchor.name + ".bias";
  if (!network.weights.count(name)) {
    network.weights[name] = Tensor(graph::Type::float32, {static_cast<std::int64_t>(affine.factor.size())});
    set_attribute(anchor, "bias", "true");
  }
  auto bias = network.weights.at(name).floats();
  for (std::size_t c = 0; c < bias.size(); ++c)
    bias[c] = static_cast<float>(affine.offset[c] + bias[c] * affine.factor[c]);
  network.encodings.erase(name);
}

/// The folded bias of a channel is masked only where nothing is left of it: gamma and beta both.
void fold_masks(Network& network, const std::string& anchor, const std::string& norm) {
  network.masks.erase(anchor + ".bias");
  const auto gamma = network.masks.find(norm + ".gamma"), beta = network.masks.find(norm + ".beta");
  if (gamma == network.masks.end() || beta == network.masks.end()) return;
  Tensor mask = beta->second;
  for (std::size_t c = 0; c < mask.flags().size(); ++c) mask.flags()[c] |= gamma->second.flags()[c];
  network.masks[anchor + ".bias"] = std::move(mask);
}

void fold(Rewrite& result, const Layer& layer) {
  auto& network = result.network;
  const auto& norm = network.node(layer.batch_norm);
  const auto affine = affine_of(network, norm);
  const auto slots = network.slots(norm);
  auto& anchor = const_cast<graph::Node&>(network.node(layer.anchor));
  scale_weight(network, layer.anchor + ".weight", affine);
  fold_bias(network, anchor, affine);
  fold_masks(network, layer.anchor, layer.batch_norm);
  // The activation's encoding follows the value: without a clamp the batch norm's output is now the anchor's.
  network.encodings.erase(layer.anchor);
  if (auto encoding = network.encodings.extract(layer.batch_norm)) {
    encoding.key() = layer.anchor;
    network.encodings.insert(std::move(encoding));
  }
  for (const auto& slot : slots) {
    const auto tensor = concat(layer.batch_norm, ".", slot.name);
    erase_tensor(network, tensor);
    result.removed.push_back(tensor);
  }
  splice_out(network, layer.batch_norm);
}

}  // namespace

Rewrite fold_batch_norm(const Network& network) {
  Rewrite result{network, {}, {}};
  for (const auto& layer : fuse(network))
    if (!layer.batch_norm.empty()) fold(result, layer);
  return result;
}

}  // namespace espalier::passes
