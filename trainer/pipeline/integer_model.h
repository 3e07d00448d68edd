// The integer side of a trained model: its Program, its twin, its accuracy.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "datasets/dataset.h"
#include "graph/network.h"
#include "integer/program.h"
#include "integer/twin.h"
#include "training/evaluation.h"
#include "training/trained_model.h"

namespace espalier::pipeline {

/// A captured network with encodings (weights on their grid) as a program: dropout removed, batch norm folded, lowered.
integer::Program program_of(const graph::Network& frozen, const std::vector<std::string>& labels);
/// Of a model in training, as it would be exported now.
integer::Program program_of(const training::TrainedModel& model, const std::vector<std::string>& labels);

/// Has every layer an encoding, so that program_of will work?
bool is_quantized(const graph::Network& network);

/// Real features {channels, height, width} -> int8 in the program's input encoding and layout (channels last), by the
/// device's own quantizer (device_runtime/audio_quantize.c). `lsb`: what one step of an integer front end's feature is
/// worth; 0: float features.
void quantize_input(const integer::Program& program, double lsb, std::span<const float> features,
                    std::span<std::int8_t> out);
/// The `lsb` of a front end's specification (Dataset::front_end).
double step_of(const Json& front_end);

/// What the program answers on a split: the int8 logits (and the same as real numbers in `answers`).
struct IntegerAnswers {
  training::Answers answers;
  std::vector<std::int8_t> inputs, outputs;  ///< [samples][…]
};
IntegerAnswers evaluate(const integer::Twin& twin, const datasets::Dataset& data, datasets::Split split, int workers);

}  // namespace espalier::pipeline
