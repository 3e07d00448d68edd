// What quantization costs each layer of a trained network, why, and what to change in the recipe.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "datasets/dataset.h"
#include "pipeline/integer_model.h"

namespace espalier::pipeline {

/// A layer with weights, measured on validation samples.
struct LayerDiagnosis {
  std::string name, op;              ///< the node that computes, and its operator
  std::string output;                ///< the activation that other layers read
  std::int64_t macs = 0, bytes = 0;  ///< bytes: int8 weights and int32 biases, without encodings that store less
  double accuracy_drop = 0;          ///< in points, when this layer's weights and output alone are quantized
  std::optional<double> sqnr_db;     ///< of the logits then, against the float ones; none where they are equal
  double weight_peak = 0;      ///< the largest |weight| of an output channel over its root mean square; worst channel
  double activation_peak = 0;  ///< range of the output over the range of all but the outermost 0.1 %
  double saturated = 0;        ///< share of the output's values beyond its encoding
  std::int64_t channels = 0, dead = 0;  ///< of the output; dead: always the same value
};

/// One thing to change, for a layer or ("") the whole recipe.
struct Finding {
  std::string layer, what, change;
};

struct Diagnosis {
  bool quantized = false;  ///< by the run; else by min-max ranges of the same samples, to see what it would cost
  std::int64_t samples = 0;
  double float_accuracy = 0, quantized_accuracy = 0;
  std::vector<LayerDiagnosis> layers;  ///< in graph order
  std::vector<Finding> findings;       ///< the costliest first
};

/// On at most `samples` of the validation split, else of test where there is none. Layers without an int8 form are left
/// out. Throws Error(mistake) where no layer is left or there is no sample.
Diagnosis diagnose(const Student& student, const datasets::Dataset& data, std::int64_t samples);

/// What the numbers say. Pure, for tests.
std::vector<Finding> findings_of(const Diagnosis& diagnosis);

/// For people: a table, then the findings.
std::string text_of(const Diagnosis& diagnosis);
Json to_json(const Diagnosis& diagnosis);

}  // namespace espalier::pipeline
