// Runtimes that others wrote, asked by scripts in Python: scripts/judges.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"
#include "deployment/run_folder.h"
#include "reporting/summary.h"

namespace espalier::deployment {

/// Where the judges' Python and scripts are: ESPALIER_PYTHON, else .venv/bin/python beside the program's source or
/// installation, else python3; the scripts beside the program.
struct JudgeHome {
  std::string python;
  std::filesystem::path scripts;  ///< empty: not found
};
JudgeHome find_judges();

/// A runtime and the samples that it is held to.
struct Judge {
  const char* script;
  const char* name;
  std::filesystem::path golden;
  std::vector<std::string> options = {};
};

/// not_run without the scripts or their packages. `report` takes what the judge printed, where it ran.
reporting::Verification ask(const Judge& judge, const reporting::Artifact& artifact, const RunFolder& folder,
                            Json& report);

}  // namespace espalier::deployment
