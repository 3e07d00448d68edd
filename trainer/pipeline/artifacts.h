// What a run hands out: files for runtimes, golden samples, the manifest.
#pragma once
#include <string>
#include <vector>

#include "integer/program.h"
#include "pipeline/integer_model.h"
#include "pipeline/plan.h"
#include "pipeline/run_folder.h"
#include "reporting/summary.h"

namespace espalier::pipeline {

/// Formats that can be written, for messages.
const std::vector<std::string>& export_formats();

/// Writes each format into `folder`, after its goldens. Throws Error(mistake) for an integer format of a student that
/// is not quantized.
std::vector<reporting::Artifact> write_artifacts(const Student& student, const Plan& plan,
                                                 const std::vector<std::string>& formats, const RunFolder& folder);

/// golden.npz: inputs and the twin's outputs of test samples; golden_float.npz: the same for the float model.
void write_goldens(const Student& student, const Plan& plan, const IntegerAnswers* integer, const RunFolder& folder);

/// manifest.json over everything in the export folder.
void write_manifest(const Plan& plan, const RunFolder& folder, const std::vector<std::string>& calibration_samples);

/// Program, LibTorch and runtime versions.
std::vector<std::pair<std::string, std::string>> versions();

}  // namespace espalier::pipeline
