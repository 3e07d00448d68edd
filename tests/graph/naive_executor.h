// A network run the slow and obvious way, in double precision and channels first: what every faster path is compared
// with.
#pragma once
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/random.h"
#include "graph/operators/add.h"
#include "graph/operators/batch_norm.h"
#include "graph/operators/conv2d.h"
#include "graph/operators/depthwise_conv2d.h"
#include "graph/operators/flatten.h"
#include "graph/operators/hard_sigmoid.h"
#include "graph/operators/hard_swish.h"
#include "graph/operators/linear.h"
#include "graph/operators/mul.h"
#include "graph/operators/pool2d.h"
#include "graph/operators/recurrent.h"
#include "graph/operators/relu.h"
#include "graph/operators/sigmoid.h"

namespace espalier::naive {

using Values = std::vector<double>;
/// Called with each node's output, which it may change (to quantize it, say).
using Visit = std::function<void(const graph::Node&, Values&)>;

class Executor {
 public:
  Executor(const graph::Network& network, Visit visit) : network_(network), visit_(std::move(visit)) {}

  std::map<std::string, Values> run(const Values& input) {
    for (const auto& node : network_.nodes) {
      Values out = node.is("input") ? input : compute(node);
      if (visit_) visit_(node, out);
      all_[node.name] = std::move(out);
    }
    return all_;
  }

 private:
  const Values& in(const graph::Node& node, std::size_t i = 0) const { return all_.at(node.inputs[i]); }
  std::span<const float> weight(const graph::Node& node, const char* slot) const {
    return network_.weights.at(node.name + "." + slot).floats();
  }
  double bias(const graph::Node& node, std::int64_t c) const {
    const auto found = network_.weights.find(node.name + ".bias");
    return found == network_.weights.end() ? 0.0 : found->second.floats()[static_cast<std::size_t>(c)];
  }

  /// Calls tap(y, x, offset in a channel of the input or -1 for padding, kernel place) over a window.
  template <class Attributes, class Tap>
  void windows(const graph::Node& node, Tap tap) const {
    const auto& a = *node.as<Attributes>();
    const auto shape = network_.input_shapes(node)[0];
    const auto p = graph::place(node, shape, a.kernel, a.stride, a.padding);
    for (std::int64_t y = 0; y < p.out_height; ++y)
      for (std::int64_t x = 0; x < p.out_width; ++x)
        for (std::int64_t k = 0; k < a.kernel.height * a.kernel.width; ++k) {
          const auto row = y * a.stride.height - p.top + k / a.kernel.width,
                     column = x * a.stride.width - p.left + k % a.kernel.width;
          if (row >= 0 && row < shape[1] && column >= 0 && column < shape[2])
            tap(y * p.out_width + x, row * shape[2] + column, k);
        }
  }

  Values convolve(const graph::Node& node) const {
    const auto in_shape = network_.input_shapes(node)[0];
    const auto pixels = node.shape[1] * node.shape[2], in_pixels = in_shape[1] * in_shape[2];
    const auto& a = *node.as<graph::Conv2d>();
    const auto taps = a.kernel.height * a.kernel.width;
    const auto w = weight(node, "weight");
    Values out(static_cast<std::size_t>(graph::elements(node.shape)));
    for (std::int64_t o = 0; o < node.shape[0]; ++o) {
      for (std::int64_t i = 0; i < pixels; ++i) out[static_cast<std::size_t>(o * pixels + i)] = bias(node, o);
      for (std::int64_t c = 0; c < in_shape[0]; ++c)
        windows<graph::Conv2d>(node, [&](std::int64_t at, std::int64_t from, std::int64_t k) {
          out[static_cast<std::size_t>(o * pixels + at)] +=
              in(node)[static_cast<std::size_t>(c * in_pixels + from)] *
              w[static_cast<std::size_t>((o * in_shape[0] + c) * taps + k)];
        });
    }
    return out;
  }

  Values convolve_depthwise(const graph::Node& node) const {
    const auto in_shape = network_.input_shapes(node)[0];
    const auto pixels = node.shape[1] * node.shape[2], in_pixels = in_shape[1] * in_shape[2];
    const auto& a = *node.as<graph::DepthwiseConv2d>();
    const auto w = weight(node, "weight");
    Values out(static_cast<std::size_t>(graph::elements(node.shape)));
    for (std::int64_t c = 0; c < node.shape[0]; ++c) {
      for (std::int64_t i = 0; i < pixels; ++i) out[static_cast<std::size_t>(c * pixels + i)] = bias(node, c);
      windows<graph::DepthwiseConv2d>(node, [&](std::int64_t at, std::int64_t from, std::int64_t k) {
        out[static_cast<std::size_t>(c * pixels + at)] +=
            in(node)[static_cast<std::size_t>(c * in_pixels + from)] *
            w[static_cast<std::size_t>(c * a.kernel.height * a.kernel.width + k)];
      });
    }
    return out;
  }

  template <class Pool>
  Values pool(const graph::Node& node, bool largest) const {
    const auto in_shape = network_.input_shapes(node)[0];
    const auto pixels = node.shape[1] * node.shape[2], in_pixels = in_shape[1] * in_shape[2];
    Values out(static_cast<std::size_t>(graph::elements(node.shape)), largest ? -1e300 : 0.0), counts(out.size(), 0.0);
    for (std::int64_t c = 0; c < node.shape[0]; ++c)
      windows<Pool>(node, [&](std::int64_t at, std::int64_t from, std::int64_t) {
        auto& value = out[static_cast<std::size_t>(c * pixels + at)];
        const double x = in(node)[static_cast<std::size_t>(c * in_pixels + from)];
        value = largest ? std::max(value, x) : value + x;
        counts[static_cast<std::size_t>(c * pixels + at)] += 1;
      });
    for (std::size_t i = 0; i < out.size() && !largest; ++i) out[i] /= counts[i];
    return out;
  }

  Values normalise(const graph::Node& node) const {
    Values out = in(node);
    const auto gamma = weight(node, "gamma"), beta = weight(node, "beta"), mean = weight(node, "running_mean"),
               variance = weight(node, "running_variance");
    const auto each = out.size() / gamma.size();
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto c = i / each;
      out[i] = (out[i] - mean[c]) / std::sqrt(variance[c] + node.as<graph::BatchNorm>()->epsilon) * gamma[c] + beta[c];
    }
    return out;
  }

  Values multiply(const graph::Node& node) const {
    const auto w = weight(node, "weight");
    const auto& x = in(node);
    Values out;
    for (std::int64_t o = 0; o < node.shape[0]; ++o) {
      double sum = bias(node, o);
      for (std::size_t i = 0; i < x.size(); ++i) sum += x[i] * w[static_cast<std::size_t>(o) * x.size() + i];
      out.push_back(sum);
    }
    return out;
  }

  Values mean(const graph::Node& node) const {
    const auto& x = in(node);
    const auto each = x.size() / static_cast<std::size_t>(node.shape[0]);
    Values out(static_cast<std::size_t>(node.shape[0]), 0.0);
    for (std::size_t i = 0; i < x.size(); ++i) out[i / each] += x[i] / static_cast<double>(each);
    return out;
  }

  Values combine(const graph::Node& node) const {
    Values out = in(node);
    if (node.as<graph::Add>())
      for (std::size_t i = 0; i < out.size(); ++i) out[i] += in(node, 1)[i];
    else
      for (std::size_t i = 1; i < node.inputs.size(); ++i)
        out.insert(out.end(), in(node, i).begin(), in(node, i).end());
    return out;
  }

  /// A gate's factor is repeated over its channel.
  Values multiply_elements(const graph::Node& node) const {
    Values out(static_cast<std::size_t>(graph::elements(node.shape)));
    const auto &left = in(node), &right = in(node, 1);
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = left[i / (out.size() / left.size())] * right[i / (out.size() / right.size())];
    return out;
  }

  /// W x + b of one gate's unit.
  double dot(const graph::Node& node, const std::string& slot, std::size_t row, const Values& x) const {
    const auto w = weight(node, (slot + "_weight").c_str());
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += w[row * x.size() + i] * x[i];
    const auto bias = network_.weights.find(node.name + "." + slot + "_bias");
    return bias == network_.weights.end() ? sum : sum + bias->second.floats()[row];
  }

  static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

  /// The states after one more step; `cell` is the LSTM's.
  Values next_state(const graph::Node& node, const graph::Recurrence& r, const std::string& prefix, const Values& x,
                    const Values& state, Values& cell) const {
    const auto hidden = static_cast<std::size_t>(r.hidden);
    const auto input = [&](std::size_t row) { return dot(node, prefix + "input", row, x); };
    const auto recurrent = [&](std::size_t row) { return dot(node, prefix + "recurrent", row, state); };
    Values next(hidden);
    for (std::size_t u = 0; u < hidden; ++u) {
      const auto gate = [&](std::size_t g) { return input(g * hidden + u) + recurrent(g * hidden + u); };
      if (r.cell == graph::Recurrence::Cell::lstm) {
        cell[u] = sigmoid(gate(1)) * cell[u] + sigmoid(gate(0)) * std::tanh(gate(2));
        next[u] = sigmoid(gate(3)) * std::tanh(cell[u]);
      } else {
        const double fresh = std::tanh(input(2 * hidden + u) + sigmoid(gate(0)) * recurrent(2 * hidden + u));
        const double kept = sigmoid(gate(1));
        next[u] = (1 - kept) * fresh + kept * state[u];
      }
    }
    return next;
  }

  Values recur(const graph::Node& node) const {
    const auto r = *graph::recurrence_of(network_, node);
    const auto hidden = static_cast<std::size_t>(r.hidden), steps = static_cast<std::size_t>(r.steps),
               features = static_cast<std::size_t>(r.features);
    const auto across = static_cast<std::size_t>(network_.input_shapes(node)[0][r.down ? 2 : 1]);
    Values out(static_cast<std::size_t>(graph::elements(node.shape)));
    for (std::size_t d = 0; d < r.prefixes().size(); ++d) {
      Values state(hidden, 0.0), cell(hidden, 0.0), x(features);
      for (std::size_t i = 0; i < steps; ++i) {
        const auto t = d == 0 ? i : steps - 1 - i;
        for (std::size_t f = 0; f < features; ++f)
          x[f] = in(node)[r.down ? ((f / across) * steps + t) * across + f % across : f * steps + t];
        state = next_state(node, r, r.prefixes()[d], x, state, cell);
        for (std::size_t u = 0; u < hidden; ++u)
          out[r.sequence ? (d * hidden + u) * steps + t : d * hidden + u] = state[u];
      }
    }
    return out;
  }

  Values compute(const graph::Node& node) const {
    if (graph::recurrence_of(network_, node)) return recur(node);
    if (node.as<graph::Conv2d>()) return convolve(node);
    if (node.as<graph::DepthwiseConv2d>()) return convolve_depthwise(node);
    if (node.as<graph::Linear>()) return multiply(node);
    if (node.as<graph::BatchNorm>()) return normalise(node);
    if (node.as<graph::AveragePool2d>()) return pool<graph::AveragePool2d>(node, false);
    if (node.as<graph::MaxPool2d>()) return pool<graph::MaxPool2d>(node, true);
    if (node.as<graph::GlobalAveragePool>()) return mean(node);
    if (node.as<graph::Add>() || node.as<graph::Concat>()) return combine(node);
    if (node.as<graph::Mul>()) return multiply_elements(node);
    Values out = in(node);
    if (node.as<graph::Relu>() || node.as<graph::Relu6>())
      for (auto& value : out) value = std::clamp(value, 0.0, node.as<graph::Relu6>() ? 6.0 : 1e300);
    else if (node.as<graph::HardSigmoid>())
      for (auto& value : out) value = std::clamp(value / 6 + 0.5, 0.0, 1.0);
    else if (node.as<graph::HardSwish>())
      for (auto& value : out) value *= std::clamp(value + 3, 0.0, 6.0) / 6;
    else if (node.as<graph::Sigmoid>())
      for (auto& value : out) value = 1 / (1 + std::exp(-value));
    else if (!node.as<graph::Flatten>() && !node.as<graph::Dropout>())
      throw std::runtime_error("the naive executor does not know " + node.op->key);
    return out;
  }

  const graph::Network& network_;
  Visit visit_;
  std::map<std::string, Values> all_;
};

/// Every node's output.
inline std::map<std::string, Values> execute_all(const graph::Network& network, const Values& input, Visit visit = {}) {
  return Executor(network, std::move(visit)).run(input);
}

inline Values execute(const graph::Network& network, const Values& input) {
  return execute_all(network, input).at(network.nodes.back().name);
}

inline Values random_input(const graph::Network& network, std::uint64_t seed) {
  Random random(seed, "input");
  Values input(static_cast<std::size_t>(graph::elements(network.input_shape())));
  for (auto& value : input) value = random.normal();
  return input;
}

/// Largest absolute difference, relative to the largest magnitude of `a` (at least 1).
inline double difference(const Values& a, const Values& b) {
  if (a.size() != b.size()) return 1e300;
  double worst = 0, largest = 1;
  for (std::size_t i = 0; i < a.size(); ++i)
    worst = std::max(worst, std::abs(a[i] - b[i])), largest = std::max(largest, std::abs(a[i]));
  return worst / largest;
}

}  // namespace espalier::naive
