// Does every artifact do what the twin does? Readback always, in C++; judges where their runtimes are installed.
#pragma once
#include <vector>

#include "pipeline/artifacts.h"
#include "pipeline/run_folder.h"
#include "reporting/summary.h"

namespace espalier::pipeline {

/// Where the judges' Python and scripts are: ESPALIER_PYTHON, else .venv/bin/python beside the program's source or
/// installation, else python3; the scripts beside the program.
struct JudgeHome {
  std::string python;
  std::filesystem::path scripts;  ///< empty: not found
};
JudgeHome find_judges();

/// Checks `artifacts` of a run folder: the manifest's hashes, readback, judges. Fills the artifacts' runtime costs from
/// what the judges measured. `student` may lack a program: then integer artifacts are compared with their golden
/// samples only.
std::vector<reporting::Verification> verify(const Student& student, const RunFolder& folder,
                                            std::vector<reporting::Artifact>& artifacts);

}  // namespace espalier::pipeline
