// What the numbers of a diagnosis say, and what to change. Thresholds: 20 dB is where a layer's noise begins to turn
// decisions; a peak of 12 root mean squares leaves int8 about three bits for the rest of a channel.
#include <algorithm>

#include "base/text.h"
#include "pipeline/diagnosis.h"
#include "reporting/text_table.h"

namespace espalier::pipeline {
namespace {

constexpr double costly_points = 0.5, low_sqnr_db = 20, weight_outlier = 12, activation_outlier = 3,
                 much_saturation = 0.01, dead_share = 0.1;

bool is_costly(const LayerDiagnosis& layer) {
  return layer.accuracy_drop >= costly_points || (layer.sqnr_db && *layer.sqnr_db < low_sqnr_db);
}

std::string percent(double share) { return concat(fixed_text(100 * share, 1), " %"); }

void explain(const LayerDiagnosis& layer, std::vector<Finding>& all) {
  const auto add = [&](std::string what, std::string change) {
    all.push_back({layer.name, std::move(what), std::move(change)});
  };
  if (layer.saturated > much_saturation)
    add(concat(percent(layer.saturated), " of its outputs lie beyond the range that they were given"),
        "more calibration_samples in quantize (or calibrate), and a later freeze_observers");
  if (layer.activation_peak > activation_outlier && layer.saturated <= much_saturation)
    add(concat("a thousandth of its outputs takes ", percent(1 - 1 / layer.activation_peak), " of their range"),
        "observer: {type: moving_average} in quantize, or relu6 in place of relu behind this layer");
  if (layer.weight_peak > weight_outlier)
    add(concat("its largest weight is ", fixed_text(layer.weight_peak, 0), " times its channel's root mean square"),
        "weight decay (optimizer: {type: adamw, weight_decay: 1e-3}), and quantize over more epochs");
  if (static_cast<double>(layer.dead) > dead_share * static_cast<double>(layer.channels))
    add(concat(layer.dead, " of its ", layer.channels, " channels never change"),
        concat("{type: prune, structure: channels, layers: [", layer.name, "]} takes them out at no loss"));
  const bool explained = !all.empty() && all.back().layer == layer.name;
  if (is_costly(layer) && !explained)
    add(concat("quantized alone it costs ", fixed_text(layer.accuracy_drop, 2), " points, at ",
               layer.sqnr_db ? fixed_text(*layer.sqnr_db, 1) : "no", " dB"),
        concat("ignore: [", layer.name, "] in prune, and more epochs of quantize"));
}

std::string decibels(const LayerDiagnosis& layer) { return layer.sqnr_db ? fixed_text(*layer.sqnr_db, 1) : "-"; }

}  // namespace

std::vector<Finding> findings_of(const Diagnosis& diagnosis) {
  auto layers = diagnosis.layers;
  const auto noise = [](const LayerDiagnosis& layer) { return layer.sqnr_db.value_or(1e9); };
  std::stable_sort(layers.begin(), layers.end(), [&](const auto& a, const auto& b) {
    return a.accuracy_drop != b.accuracy_drop ? a.accuracy_drop > b.accuracy_drop : noise(a) < noise(b);
  });
  std::vector<Finding> all;
  for (const auto& layer : layers) explain(layer, all);
  const double lost = 100 * (diagnosis.float_accuracy - diagnosis.quantized_accuracy);
  if (lost >= costly_points && all.empty())
    all.push_back(
        {"", concat("all layers together lose ", fixed_text(lost, 2), " points, none of them alone"),
         diagnosis.quantized ? "more epochs of quantize" : "{type: quantize} in compression, in place of calibrate"});
  return all;
}

std::string text_of(const Diagnosis& diagnosis) {
  using Align = reporting::TextTable::Align;
  reporting::TextTable table({{"layer"},
                              {"operator"},
                              {"drop", Align::right},
                              {"dB", Align::right},
                              {"w peak", Align::right},
                              {"a peak", Align::right},
                              {"beyond", Align::right},
                              {"dead", Align::right},
                              {"MACs", Align::right},
                              {"bytes", Align::right}});
  for (const auto& layer : diagnosis.layers)
    table.row({layer.name, layer.op, fixed_text(layer.accuracy_drop, 2), decibels(layer),
               fixed_text(layer.weight_peak, 1), fixed_text(layer.activation_peak, 1), percent(layer.saturated),
               concat(layer.dead, "/", layer.channels), grouped_text(layer.macs), grouped_text(layer.bytes)});
  auto text =
      concat("accuracy on ", diagnosis.samples, " samples: float ", fixed_text(100 * diagnosis.float_accuracy, 2),
             " %, quantized ", fixed_text(100 * diagnosis.quantized_accuracy, 2), " %",
             diagnosis.quantized ? "" : " (by these samples' own ranges: the run does not quantize)", "\n\n",
             table.text(120), "\n");
  if (diagnosis.findings.empty()) return text + "nothing to change: no layer costs much\n";
  for (const auto& finding : diagnosis.findings)
    text += concat(finding.layer.empty() ? "" : finding.layer + ": ", finding.what, "\n    -> ", finding.change, "\n");
  return text;
}

Json to_json(const Diagnosis& diagnosis) {
  auto layers = Json::list(), findings = Json::list();
  for (const auto& layer : diagnosis.layers) {
    auto row = Json::map();
    row.set("name", layer.name).set("operator", layer.op).set("output", layer.output);
    row.set("macs", layer.macs).set("bytes", layer.bytes).set("accuracy_drop", layer.accuracy_drop);
    row.set("sqnr_db", layer.sqnr_db ? Json(*layer.sqnr_db) : Json());
    row.set("weight_peak", layer.weight_peak).set("activation_peak", layer.activation_peak);
    row.set("saturated", layer.saturated).set("channels", layer.channels).set("dead", layer.dead);
    layers.push(std::move(row));
  }
  for (const auto& finding : diagnosis.findings) {
    auto row = Json::map();
    row.set("layer", finding.layer).set("what", finding.what).set("change", finding.change);
    findings.push(std::move(row));
  }
  auto all = Json::map();
  all.set("samples", diagnosis.samples).set("quantized", diagnosis.quantized);
  all.set("float_accuracy", diagnosis.float_accuracy).set("quantized_accuracy", diagnosis.quantized_accuracy);
  all.set("layers", std::move(layers)).set("findings", std::move(findings));
  return all;
}

}  // namespace espalier::pipeline
