// Plain arithmetic with constants: activations that files spell out, and what is a layer's weights and bias.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "importing/cleaning.h"

namespace espalier::importing {
namespace {

template <class Kind>
const Kind* made_by(const Draft& draft, const std::string& value) {
  const auto* step = draft.maker(value);
  return step ? std::get_if<Kind>(&step->operation) : nullptr;
}

const std::string& source_of(const Draft& draft, const std::string& value) { return draft.maker(value)->inputs[0]; }

/// Constants come as floats of any width.
bool is_near(double a, double b) { return std::abs(a - b) <= 1e-6 * std::abs(b); }

bool is_clamp(const Clamp& clamp, double high) { return clamp.low == 0 && clamp.high == high; }

/// x where `value` is relu6(x + 3).
std::optional<std::string> shifted_relu6(const Draft& draft, const std::string& value) {
  const auto* clamp = made_by<Clamp>(draft, value);
  if (!clamp || !is_clamp(*clamp, 6)) return {};
  const auto& shifted = source_of(draft, value);
  const auto* affine = made_by<Affine>(draft, shifted);
  if (!affine || affine->factor != 1 || affine->offset != 3) return {};
  return source_of(draft, shifted);
}

/// x where the step is relu6(x + 3) / 6, or x / 6 + 1/2 clamped to [0, 1].
std::optional<std::string> hard_sigmoid_of(const Draft& draft, const Step& step) {
  if (const auto* affine = std::get_if<Affine>(&step.operation))
    return is_near(affine->factor, 1.0 / 6) && affine->offset == 0 ? shifted_relu6(draft, step.inputs[0])
                                                                   : std::nullopt;
  const auto* clamp = std::get_if<Clamp>(&step.operation);
  const auto* line = clamp && is_clamp(*clamp, 1) ? made_by<Affine>(draft, step.inputs[0]) : nullptr;
  if (!line || !is_near(line->factor, 1.0 / 6) || !is_near(line->offset, 0.5)) return {};
  return source_of(draft, step.inputs[0]);
}

/// x where the product is x * f(x), in either order, and `inner` gives the x of f.
template <class Inner>
std::optional<std::string> gated_by_itself(const Step& product, const Inner& inner) {
  for (const std::size_t gate : {0u, 1u})
    if (const auto x = inner(product.inputs[gate]); x && product.inputs[1 - gate] == *x) return x;
  return {};
}

std::optional<std::string> hard_swish_of(const Draft& draft, const Step& step) {
  if (std::holds_alternative<Product>(step.operation))
    return gated_by_itself(step, [&](const std::string& gate) {
      return made_by<HardSigmoid>(draft, gate) ? std::optional(source_of(draft, gate)) : std::nullopt;
    });
  const auto* sixth = std::get_if<Affine>(&step.operation);
  if (!sixth || !is_near(sixth->factor, 1.0 / 6) || sixth->offset != 0) return {};
  if (!made_by<Product>(draft, step.inputs[0])) return {};
  return gated_by_itself(*draft.maker(step.inputs[0]),
                         [&](const std::string& gate) { return shifted_relu6(draft, gate); });
}

void apply(Tensor& tensor, const Affine& affine) {
  for (auto& number : tensor.floats()) number = static_cast<float>(affine.factor * number + affine.offset);
}

/// y = factor * (W x + b) + offset.
template <class Layer>
void apply(Layer& layer, const Affine& affine) {
  apply(layer.weight, {affine.factor, 0});
  if (!layer.bias) {
    if (affine.offset == 0) return;
    layer.bias = Tensor(graph::Type::float32, {layer.weight.shape[0]});
  }
  apply(*layer.bias, affine);
}
void apply(BatchNormalization& norm, const Affine& affine) {
  apply(norm.gamma, {affine.factor, 0});
  apply(norm.beta, affine);
}

/// Whether the operation is a layer that could take the constants up.
bool takes(Operation& operation, const Affine& affine) {
  if (auto* convolution = std::get_if<Convolution>(&operation))
    apply(*convolution, affine);
  else if (auto* linear = std::get_if<FullyConnected>(&operation))
    apply(*linear, affine);
  else if (auto* norm = std::get_if<BatchNormalization>(&operation))
    apply(*norm, affine);
  else
    return false;
  return true;
}

}  // namespace

void fold_affine(Draft& draft, std::vector<std::string>&) {
  for (auto& step : draft.steps) {
    const auto* affine = std::get_if<Affine>(&step.operation);
    if (!affine || draft.output == step.inputs[0] || draft.readers(step.inputs[0]).size() != 1) continue;
    const auto layer = std::ranges::find(draft.steps, step.inputs[0], &Step::output);
    if (layer != draft.steps.end() && takes(layer->operation, *affine)) step.operation = Identity{};
  }
}

void join_affines(Draft& draft, std::vector<std::string>&) {
  for (auto& step : draft.steps) {
    auto* second = std::get_if<Affine>(&step.operation);
    const auto* first = second ? made_by<Affine>(draft, step.inputs[0]) : nullptr;
    if (!first) continue;
    second->offset += second->factor * first->offset;
    second->factor *= first->factor;
    step.inputs = {source_of(draft, step.inputs[0])};
  }
}

void fold_hard_sigmoid(Draft& draft, std::vector<std::string>&) {
  for (auto& step : draft.steps)
    if (const auto x = hard_sigmoid_of(draft, step)) {
      step.operation = HardSigmoid{};
      step.inputs = {*x};
    }
}

void fold_hard_swish(Draft& draft, std::vector<std::string>&) {
  for (auto& step : draft.steps)
    if (const auto x = hard_swish_of(draft, step)) {
      step.operation = HardSwish{};
      step.inputs = {*x};
    }
}

}  // namespace espalier::importing
