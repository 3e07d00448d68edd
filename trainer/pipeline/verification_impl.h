// What the checks of artifacts share. Private to verification*.cpp.
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "pipeline/integer_model.h"
#include "pipeline/run_folder.h"
#include "reporting/summary.h"

namespace espalier::pipeline {

using reporting::Level;
using reporting::Status;
using reporting::Verification;

Verification finding(const reporting::Artifact& artifact, Level level, std::string judge, std::string version);
Verification failed(Verification v, std::string reason);

/// golden_float.npz: inputs and outputs. Throws Error(mistake) where one is absent.
std::pair<at::Tensor, at::Tensor> golden_floats(const RunFolder& folder);

/// An integer artifact: parsed by `read`, compared with the student's program tensor by tensor, and run by the twin in
/// `arithmetic` on the samples of `golden`.
using ProgramReader =
    std::function<integer::Program(const std::vector<std::uint8_t>& bytes, const std::string& origin)>;
Verification read_back(const Student& student, const RunFolder& folder, const reporting::Artifact& artifact,
                       integer::Arithmetic arithmetic, const std::filesystem::path& golden, const ProgramReader& read);

// --- verification_ort.cpp: formats that compute in ONNX Runtime's arithmetic, or in none of ours

Verification read_back_onnx_int8(const Student& student, const RunFolder& folder, const reporting::Artifact& artifact);
/// No twin: the integers stand for the student's weights, each within half a step.
Verification read_back_onnx_dynamic(const Student& student, const RunFolder& folder,
                                    const reporting::Artifact& artifact);
/// Under QNNPACK, byte for byte; the reason says what this process's own engine would have given.
Verification judge_torchscript_int8_here(const Student& student, const RunFolder& folder,
                                         const reporting::Artifact& artifact);
/// A dynamic export has no twin: its logits must lie within `dynamic_tolerance` of the largest float one.
Verification judge_torchscript_dynamic_here(const RunFolder& folder, const reporting::Artifact& artifact);
inline constexpr double dynamic_tolerance = 0.05;
/// The same for the judges' command line.
std::vector<std::string> dynamic_options();

}  // namespace espalier::pipeline
