#include "pipeline/diagnosis.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <span>

#include "base/error.h"
#include "base/text.h"
#include "integer/lowering.h"
#include "nn/executor.h"
#include "passes/fusion.h"
#include "passes/rewrite.h"
#include "quantization/affine.h"
#include "quantization/layer_plan.h"

namespace espalier::pipeline {
namespace {

using at::Tensor;

/// Features and labels, spread evenly over a split.
struct Samples {
  Tensor features, labels;
};

Samples samples_of(const datasets::Dataset& data, std::int64_t most) {
  const bool validates = data.size(datasets::Split::validation) > 0;
  const auto split = validates ? datasets::Split::validation : datasets::Split::test;
  const auto available = data.size(split), n = std::min(most, available);
  if (n < 1) mistake("data", "has no validation and no test samples to measure on");
  std::vector<std::int64_t> shape = {n};
  shape.insert(shape.end(), data.shape().begin(), data.shape().end());
  Samples chosen{at::empty(shape, at::kFloat), at::empty({n}, at::kLong)};
  const auto each = static_cast<std::size_t>(chosen.features.numel() / n);
  for (std::int64_t i = 0; i < n; ++i) {
    const auto index = i * available / n;
    data.features(split, index, {},
                  std::span(chosen.features.mutable_data_ptr<float>() + static_cast<std::size_t>(i) * each, each));
    chosen.labels.mutable_data_ptr<std::int64_t>()[i] = data.label(split, index);
  }
  return chosen;
}

double accuracy_of(const Tensor& logits, const Tensor& labels) {
  return at::eq(logits.argmax(1), labels).to(at::kDouble).mean().item<double>();
}

std::optional<double> sqnr_db(const Tensor& exact, const Tensor& noisy) {
  const double signal = exact.to(at::kDouble).square().sum().item<double>(),
               noise = (exact - noisy).to(at::kDouble).square().sum().item<double>();
  return signal > 0 && noise > 0 ? std::optional(10 * std::log10(signal / noise)) : std::nullopt;
}

/// Share of the range that all but the outermost 0.1 % of the values leave to the rest: 1 without outliers.
double peak_of(const Tensor& values) {
  const auto sorted = std::get<0>(values.flatten().sort());
  const auto n = sorted.size(0), cut = n / 1000;
  const double whole = (sorted[n - 1] - sorted[0]).item<double>(),
               inner = (sorted[n - 1 - cut] - sorted[cut]).item<double>();
  return inner > 0 ? whole / inner : 1;
}

/// [channels, everything else] of [N, channels, …].
Tensor by_channel(const Tensor& activation) { return activation.transpose(0, 1).flatten(1); }

double worst_peak(const Tensor& weight) {
  const auto rows = weight.flatten(1);
  const auto rms = rows.square().mean(1).sqrt();
  const auto peaks = rows.abs().amax(1) / rms.clamp_min(1e-30);
  return at::where(rms > 0, peaks, at::ones_like(peaks)).max().item<double>();
}

class Diagnostician {
 public:
  Diagnostician(const Student& student, const Samples& samples)
      : live_(nn::bring_to_life(folded(student.network), false)),
        plan_(quantization::plan_layers(live_.structure)),
        samples_(samples) {
    const auto objections = integer::objections(live_.structure);
    std::erase_if(plan_.layers, [&](const auto& layer) { return objections.count(node_of(layer)) > 0; });
    if (plan_.layers.empty()) mistake(student.network.name, "has no layer with an int8 form to diagnose");
    diagnosis_.quantized = student.program.has_value();
  }

  Diagnosis run() {
    nn::Request request;
    request.quantized = false;
    for (const auto& layer : plan_.layers) request.taps.insert(layer.output);
    request.taps.insert(live_.structure.nodes.front().name);
    auto floating = nn::forward(live_, samples_.features, request);
    if (!diagnosis_.quantized) find_encodings(floating.activations);
    diagnosis_.samples = samples_.features.size(0);
    diagnosis_.float_accuracy = accuracy_of(floating.logits, samples_.labels);
    diagnosis_.quantized_accuracy = accuracy_of(with_only({}), samples_.labels);
    for (const auto& layer : plan_.layers) measure(layer, floating);
    diagnosis_.findings = findings_of(diagnosis_);
    return std::move(diagnosis_);
  }

 private:
  static graph::Network folded(const graph::Network& network) {
    return passes::fold_batch_norm(passes::remove_dropout(network).network).network;
  }
  static std::string node_of(const quantization::WeightedLayer& layer) {
    return layer.weight.substr(0, layer.weight.rfind('.'));
  }

  /// Of a network that was not quantized: ranges and weights as they are.
  void find_encodings(const std::map<std::string, Tensor>& activations) {
    for (const auto& layer : plan_.layers) {
      const auto& values = activations.at(layer.output);
      live_.encodings[layer.output] = quantization::activation_encoding(
          {values.min().item<double>(), values.max().item<double>()}, false, layer.output);
      live_.encodings[layer.weight] = quantization::weight_encoding(live_.parameters.at(layer.weight), layer.axis, {});
    }
  }

  /// Logits when only these tensors are quantized; all when there are none.
  Tensor with_only(const std::set<std::string>& tensors) {
    for (auto& [name, encoding] : live_.encodings) encoding.enabled = tensors.empty() || tensors.count(name) > 0;
    return nn::forward(live_, samples_.features, {}).logits;
  }

  void measure(const quantization::WeightedLayer& layer, const nn::Outcome& floating) {
    const auto& node = live_.structure.node(node_of(layer));
    const auto logits = with_only({layer.weight, layer.output});
    LayerDiagnosis found;
    found.name = node.name;
    found.op = node.op->key;
    found.output = layer.output;
    found.macs = node.op->macs(node, live_.structure.input_shapes(node));
    const auto& weight = live_.parameters.at(layer.weight);
    found.bytes = weight.numel() + 4 * weight.size(0);
    found.accuracy_drop = 100 * (diagnosis_.float_accuracy - accuracy_of(logits, samples_.labels));
    found.sqnr_db = sqnr_db(floating.logits, logits);
    found.weight_peak = worst_peak(weight);
    const auto& activation = floating.activations.at(layer.output);
    found.activation_peak = peak_of(activation);
    found.saturated = saturated(layer.output, activation);
    const auto rows = by_channel(activation);
    found.channels = rows.size(0);
    found.dead = at::eq(rows.amax(1), rows.amin(1)).sum().item<std::int64_t>();
    diagnosis_.layers.push_back(std::move(found));
  }

  double saturated(const std::string& name, const Tensor& values) const {
    const auto encoding = live_.encodings.find(name);
    if (encoding == live_.encodings.end()) return 0;
    const double scale = encoding->second.scale.item<double>();
    const auto zero = static_cast<double>(encoding->second.zero_point.item<std::int64_t>());
    const double low = scale * (static_cast<double>(encoding->second.low) - zero - 0.5),
                 high = scale * (static_cast<double>(encoding->second.high) - zero + 0.5);
    return at::logical_or(values<low, values> high).to(at::kDouble).mean().item<double>();
  }

  nn::LiveNetwork live_;
  quantization::LayerPlan plan_;
  const Samples& samples_;
  Diagnosis diagnosis_;
};

}  // namespace

Diagnosis diagnose(const Student& student, const datasets::Dataset& data, std::int64_t samples) {
  at::NoGradGuard no_grad;
  const auto chosen = samples_of(data, samples);
  return Diagnostician(student, chosen).run();
}

}  // namespace espalier::pipeline
