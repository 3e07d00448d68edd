// Drafts evaluated the slow, plain way, so that passes can be held to "computes the same".
#pragma once
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "importing/draft.h"

namespace espalier::testing {

struct Values {
  graph::Shape shape;  ///< with the batch, which is 1
  std::vector<double> numbers;
};

inline std::vector<double> numbers_of(const graph::Tensor& tensor) {
  const auto floats = tensor.floats();
  return {floats.begin(), floats.end()};
}

/// Row-major positions of `shape`, one after the other.
template <class Visit>
void for_each_position(const graph::Shape& shape, Visit visit) {
  graph::Shape at(shape.size(), 0);
  const auto count = graph::elements(shape);
  for (std::int64_t i = 0; i < count; ++i) {
    visit(at, static_cast<std::size_t>(i));
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      if (++at[axis] < shape[axis]) break;
      at[axis] = 0;
    }
  }
}

inline double read(const Values& x, const graph::Shape& at, double outside) {
  std::int64_t index = 0;
  for (std::size_t axis = 0; axis < at.size(); ++axis) {
    if (at[axis] < 0 || at[axis] >= x.shape[axis]) return outside;
    index = index * x.shape[axis] + at[axis];
  }
  return x.numbers[static_cast<std::size_t>(index)];
}

struct NaiveRule {
  const std::vector<const Values*>& in;
  const graph::Shape& shape;

  template <class Value>
  Values each(Value value) const {
    Values out{shape, std::vector<double>(static_cast<std::size_t>(graph::elements(shape)))};
    for_each_position(shape, [&](const graph::Shape& at, std::size_t i) { out.numbers[i] = value(at); });
    return out;
  }

  Values operator()(const importing::Convolution& op) const {
    const auto& w = op.weight.shape;
    const auto weight = numbers_of(op.weight);
    const auto per_group = w[0] / op.groups;
    return each([&](const graph::Shape& at) {
      double sum = op.bias ? op.bias->floats()[static_cast<std::size_t>(at[1])] : 0;
      const graph::Shape window(w.begin() + 1, w.end());
      for_each_position(window, [&](const graph::Shape& k, std::size_t i) {
        graph::Shape from = {at[0], at[1] / per_group * w[1] + k[0]};
        for (std::size_t axis = 0; axis + 2 < w.size(); ++axis)
          from.push_back(at[axis + 2] * op.stride[axis] + k[axis + 1] * op.dilation[axis] - op.before[axis]);
        sum += weight[static_cast<std::size_t>(at[1] * graph::elements(window)) + i] * read(*in[0], from, 0);
      });
      return sum;
    });
  }
  Values operator()(const importing::FullyConnected& op) const {
    const auto weight = numbers_of(op.weight);
    return each([&](const graph::Shape& at) {
      double sum = op.bias ? op.bias->floats()[static_cast<std::size_t>(at.back())] : 0;
      auto from = at;
      for (std::int64_t i = 0; i < op.weight.shape[1]; ++i) {
        from.back() = i;
        sum += weight[static_cast<std::size_t>(at.back() * op.weight.shape[1] + i)] * read(*in[0], from, 0);
      }
      return sum;
    });
  }
  Values operator()(const importing::BatchNormalization& op) const {
    return each([&](const graph::Shape& at) {
      const auto c = static_cast<std::size_t>(at[1]);
      return (read(*in[0], at, 0) - op.mean.floats()[c]) / std::sqrt(op.variance.floats()[c] + op.epsilon) *
                 op.gamma.floats()[c] +
             op.beta.floats()[c];
    });
  }
  Values operator()(const importing::Clamp& op) const {
    return each([&](const graph::Shape& at) { return std::min(std::max(read(*in[0], at, 0), op.low), op.high); });
  }
  Values operator()(const importing::Sigmoid&) const {
    return each([&](const graph::Shape& at) { return 1 / (1 + std::exp(-read(*in[0], at, 0))); });
  }
  Values operator()(const importing::HardSigmoid&) const {
    return each([&](const graph::Shape& at) { return std::min(std::max(read(*in[0], at, 0) / 6 + 0.5, 0.0), 1.0); });
  }
  Values operator()(const importing::HardSwish&) const {
    return each([&](const graph::Shape& at) {
      const double x = read(*in[0], at, 0);
      return x * std::min(std::max(x + 3, 0.0), 6.0) / 6;
    });
  }
  Values operator()(const importing::Affine& op) const {
    return each([&](const graph::Shape& at) { return op.factor * read(*in[0], at, 0) + op.offset; });
  }
  Values operator()(const importing::Silu&) const {
    return each([&](const graph::Shape& at) { return read(*in[0], at, 0) / (1 + std::exp(-read(*in[0], at, 0))); });
  }
  Values operator()(const importing::Mean& op) const {
    const auto& from = in[0]->shape;
    Values out{shape, std::vector<double>(static_cast<std::size_t>(graph::elements(shape)))};
    const double share = static_cast<double>(out.numbers.size()) / static_cast<double>(graph::elements(from));
    for_each_position(from, [&](const graph::Shape& at, std::size_t i) {
      std::int64_t index = 0;
      for (std::size_t axis = 0; axis < at.size(); ++axis)
        if (!std::count(op.axes.begin(), op.axes.end(), static_cast<std::int64_t>(axis)))
          index = index * from[axis] + at[axis];
      out.numbers[static_cast<std::size_t>(index)] += share * in[0]->numbers[i];
    });
    return out;
  }
  Values operator()(const importing::Permute& op) const {
    return each([&](const graph::Shape& at) {
      graph::Shape from(at.size());
      for (std::size_t axis = 0; axis < at.size(); ++axis) from[static_cast<std::size_t>(op.order[axis])] = at[axis];
      return read(*in[0], from, 0);
    });
  }
  Values operator()(const importing::Pad& op) const {
    return each([&](const graph::Shape& at) {
      auto from = at;
      for (std::size_t axis = 0; axis < at.size(); ++axis) from[axis] -= op.before[axis];
      return read(*in[0], from, op.value);
    });
  }
  Values operator()(const importing::Sum&) const {
    return each([&](const graph::Shape& at) { return read(*in[0], at, 0) + read(*in[1], at, 0); });
  }
  Values operator()(const importing::Product&) const {
    const auto at_one = [&](const Values& x, graph::Shape at) {
      for (std::size_t axis = 0; axis < at.size(); ++axis) at[axis] = std::min(at[axis], x.shape[axis] - 1);
      return read(x, at, 0);
    };
    return each([&](const graph::Shape& at) { return at_one(*in[0], at) * at_one(*in[1], at); });
  }
  Values operator()(const importing::Quotient&) const {
    return each([&](const graph::Shape& at) { return read(*in[0], at, 0) / read(*in[1], at, 0); });
  }
  Values operator()(const importing::Ones&) const {
    return each([](const graph::Shape&) { return 1.0; });
  }
  Values operator()(const importing::Pool& op) const {
    const double outside = op.maximum ? -HUGE_VAL : 0;
    return each([&](const graph::Shape& at) {
      double best = outside, sum = 0, count = 0;
      for_each_position(op.kernel, [&](const graph::Shape& k, std::size_t) {
        graph::Shape from = {at[0], at[1]};
        bool inside = true;
        for (std::size_t axis = 0; axis < k.size(); ++axis) {
          from.push_back(at[axis + 2] * op.stride[axis] + k[axis] - op.before[axis]);
          inside = inside && from.back() >= 0 && from.back() < in[0]->shape[axis + 2];
        }
        const double value = read(*in[0], from, outside);
        best = std::max(best, value);
        sum += value;
        count += inside || op.count_padding;
      });
      return op.maximum ? best : sum / count;
    });
  }
  Values operator()(const importing::Softmax&) const {
    double total = 0;
    for (const double x : in[0]->numbers) total += std::exp(x);
    return each([&](const graph::Shape& at) { return std::exp(read(*in[0], at, 0)) / total; });
  }
  /// Reshape, identity, and dropout, which does nothing at inference.
  template <class Moved>
  Values operator()(const Moved&) const {
    return {shape, in[0]->numbers};
  }
};

/// The output for one input; shapes must be inferred. Concatenation is not evaluated: no pass touches it. Pooling
/// that rounds up and counts its padding is not, either.
inline Values evaluate(const importing::Draft& draft, const Values& input) {
  std::map<std::string, Values> known = {{draft.input, input}};
  for (const auto& step : draft.steps) {
    std::vector<const Values*> in;
    for (const auto& value : step.inputs) in.push_back(&known.at(value));
    known[step.output] = std::visit(NaiveRule{in, step.shape}, step.operation);
  }
  return known.at(draft.output);
}

}  // namespace espalier::testing
