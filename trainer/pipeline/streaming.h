// How well keywords are found in continuous sound, by the integer model as the device runs it.
#pragma once
#include "integer/program.h"
#include "pipeline/plan.h"
#include "reporting/summary.h"

namespace espalier::pipeline {

/// The recipe's `streaming:` block carried out: continuous sound is made of the validation split, on which the
/// threshold is chosen, and of the test split, on which it is scored, once.
reporting::Streaming measure_streaming(const integer::Program& program, const Plan& plan);

}  // namespace espalier::pipeline
