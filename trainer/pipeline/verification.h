// Does every artifact do what the twin does? Those that need LibTorch to be asked included.
#pragma once
#include <vector>

#include "pipeline/artifacts.h"
#include "pipeline/run_folder.h"
#include "reporting/summary.h"

namespace espalier::pipeline {

/// Checks `artifacts` of a run folder: the manifest's hashes, readback, judges. Fills the artifacts' runtime costs from
/// what the judges measured. `student` may lack a program: then integer artifacts are compared with their golden
/// samples only.
std::vector<reporting::Verification> verify(const Student& student, const RunFolder& folder,
                                            std::vector<reporting::Artifact>& artifacts);

}  // namespace espalier::pipeline
