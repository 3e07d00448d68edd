// What `inspect` prints of an exported folder.
#pragma once
#include <filesystem>

namespace espalier::cli {

/// Each prints and returns true where `folder` is such an export.
bool inspect_c_folder(const std::filesystem::path& folder);
bool inspect_server_folder(const std::filesystem::path& folder);

}  // namespace espalier::cli
