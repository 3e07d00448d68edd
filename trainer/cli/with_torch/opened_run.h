// A run folder, opened for a question.
#pragma once
#include <string>
#include <vector>

#include "pipeline/plan.h"
#include "pipeline/run_folder.h"
#include "schema/registry.h"

namespace espalier::cli {

struct OpenedRun {
  pipeline::RunFolder folder;
  pipeline::Plan plan;
};

/// Reads the run's resolved recipe and its data; `data_root` replaces data.root when it is not empty. Throws
/// Error(mistake).
OpenedRun open_run(const std::string& run, const schema::Registry& registry, const std::string& data_root = "");

}  // namespace espalier::cli
