// The integer side of a trained model: its Program, its twin, its accuracy.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "datasets/dataset.h"
#include "deployment/input_quantizer.h"
#include "deployment/student.h"
#include "graph/network.h"
#include "integer/program.h"
#include "integer/twin.h"
#include "reporting/summary.h"
#include "tasks/answers.h"
#include "training/trained_model.h"

namespace espalier::pipeline {

/// A captured network with encodings (weights on their grid) as a program: dropout removed, batch norm folded, lowered.
integer::Program program_of(const graph::Network& frozen, const std::vector<std::string>& labels);
/// Of a model in training, as it would be exported now.
integer::Program program_of(const training::TrainedModel& model, const std::vector<std::string>& labels);

/// Has every layer an encoding, so that program_of will work?
bool is_quantized(const graph::Network& network);

using deployment::Student;
Student student_of(graph::Network network, const std::vector<std::string>& labels);

using deployment::quantize_input;
using deployment::step_of;

/// What the program answers on a split: the int8 outputs (and the same as real numbers in `answers`).
struct IntegerAnswers {
  tasks::Answers answers;
  std::vector<std::int8_t> inputs, outputs;  ///< [samples][…], channels last
};
IntegerAnswers evaluate(const integer::Twin& twin, const datasets::Dataset& data, datasets::Split split, int workers,
                        bool reconstruction = false);

/// Answers on a split: in float, and fake-quantized and by the integer twin when the student is quantized.
struct Accuracies {
  tasks::Answers floating;
  std::optional<tasks::Answers> fake_quant;
  integer::Arithmetic arithmetic = integer::Arithmetic::tflm;  ///< of `integer`
  std::optional<IntegerAnswers> integer;                       ///< as the device computes
  std::optional<IntegerAnswers> other;  ///< of the other arithmetic, where every instruction has an exact row in it
  const std::optional<IntegerAnswers>& of(integer::Arithmetic wanted) const {
    return wanted == arithmetic ? integer : other;
  }
};
/// `reconstruction`: see tasks::Task::is_reconstruction. `arithmetic`: the device's, see device_arithmetic.
Accuracies measure(const Student& student, const datasets::Dataset& data, datasets::Split split, int workers = 0,
                   bool reconstruction = false, integer::Arithmetic arithmetic = integer::Arithmetic::tflm);

}  // namespace espalier::pipeline
