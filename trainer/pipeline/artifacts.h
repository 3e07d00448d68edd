// What a run hands out: files for runtimes, golden samples, the manifest.
#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "integer/program.h"
#include "pipeline/integer_model.h"
#include "pipeline/plan.h"
#include "pipeline/run_folder.h"
#include "reporting/summary.h"

namespace espalier::pipeline {

/// Formats that can be written, for messages. "onnx" is the int8 model of a quantized student and the float model of
/// another; both lie in model.onnx, and the artifact's format says which it is ("onnx", "onnx_float").
const std::vector<std::string>& export_formats();

/// Writes each format into `folder`, after its goldens. Throws Error(mistake) for an integer format of a student that
/// is not quantized, and Error(failed) for one whose runtime has no exact arithmetic for the student's program.
std::vector<reporting::Artifact> write_artifacts(const Student& student, const Plan& plan,
                                                 const std::vector<std::string>& formats, const RunFolder& folder);

/// golden.npz and golden_ort.npz: inputs and the twin's outputs of test samples in the arithmetics tflm and
/// ort_f32_even; golden_float.npz: the same for the float model.
void write_goldens(const Student& student, const Plan& plan, const Accuracies& measured, const RunFolder& folder);

/// Takes what was written to `folder` into its summary.json, in place of what had the same paths; what was verified of
/// those is forgotten. Nothing happens where there is no summary.
void take_into_summary(const std::vector<reporting::Artifact>& artifacts, const RunFolder& folder);

/// Everything that the export folder may hold, by format; "golden" and "note" are none that can be asked for.
std::vector<std::pair<std::string, std::filesystem::path>> artifact_files(const RunFolder& folder);

/// manifest.json over everything in the export folder.
void write_manifest(const Plan& plan, const RunFolder& folder, const std::vector<std::string>& calibration_samples);

/// Program, LibTorch and runtime versions.
std::vector<std::pair<std::string, std::string>> versions();

}  // namespace espalier::pipeline
