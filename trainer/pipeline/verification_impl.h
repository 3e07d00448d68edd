// What the checks of artifacts share. Private to verification*.cpp.
#pragma once
#include <ATen/core/Tensor.h>

#include <optional>
#include <utility>

#include "base/error.h"
#include "deployment/verification.h"
#include "pipeline/integer_model.h"
#include "pipeline/run_folder.h"
#include "reporting/summary.h"

namespace espalier::pipeline {

using deployment::dynamic_largest, deployment::dynamic_tolerance;
using deployment::failed;
using deployment::finding;
using deployment::Level;
using deployment::Status;
using deployment::Verification;

/// golden_float.npz: inputs and outputs. Throws Error(mistake) where one is absent.
std::pair<at::Tensor, at::Tensor> golden_floats(const RunFolder& folder);

/// Their labels; none in files of earlier versions, and where the task is no classification.
std::optional<at::Tensor> golden_labels(const RunFolder& folder);

// --- verification_ort.cpp: TorchScript that computes in ONNX Runtime's arithmetic, or in none of ours

/// Under QNNPACK, byte for byte; the reason says what this process's own engine would have given.
Verification judge_torchscript_int8_here(const Student& student, const RunFolder& folder,
                                         const reporting::Artifact& artifact);
/// A dynamic export has no twin: its outputs must lie within `dynamic_tolerance` of the float ones.
Verification judge_torchscript_dynamic_here(const RunFolder& folder, const reporting::Artifact& artifact);

}  // namespace espalier::pipeline
