// A run from start to end, and the questions that can be asked of one that has ended.
#pragma once
#include "pipeline/artifacts.h"
#include "pipeline/stages.h"
#include "reporting/summary.h"

namespace espalier::pipeline {

/// Trains, freezes, exports, verifies; writes everything into options.output and returns the summary, which is there as
/// well. Throws training::Interrupted, and Error(unmet) before anything is trained when the result cannot fit its
/// target or budget.
reporting::Summary run(const Plan& plan, const schema::Registry& registry, const RunOptions& options,
                       reporting::Progress& progress);

/// The trained student of a run folder. Throws Error(mistake) when it has none (the run has not ended).
Student load_student(const RunFolder& folder, const Plan& plan);

Accuracies measure(const Student& student, const Plan& plan, datasets::Split split);

}  // namespace espalier::pipeline
