// An artifact that is a folder: written whole or not at all.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "exporting/file.h"
#include "pipeline/run_folder.h"
#include "reporting/summary.h"

namespace espalier::pipeline {

/// Writes `files` in place of `target`, whatever lay there. The artifact's bytes are those of all files, its hash is
/// that of the lines "<path> <hash>".
reporting::Artifact write_artifact_folder(const std::string& format, const std::vector<exporting::File>& files,
                                          const std::filesystem::path& target, const RunFolder& folder);

}  // namespace espalier::pipeline
