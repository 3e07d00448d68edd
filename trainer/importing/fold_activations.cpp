// Activations that files spell out in plain arithmetic.
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

}  // namespace

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

}  // namespace espalier::importing
