// An artifact that is a folder: written whole or not at all.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "deployment/run_folder.h"
#include "exporting/file.h"
#include "reporting/summary.h"

namespace espalier::deployment {

/// Writes `files` in place of `target`, whatever lay there. The artifact's bytes are those of all files, its hash is
/// that of the lines "<path> <hash>".
reporting::Artifact write_artifact_folder(const std::string& format, const std::vector<exporting::File>& files,
                                          const std::filesystem::path& target, const RunFolder& folder);

}  // namespace espalier::deployment
