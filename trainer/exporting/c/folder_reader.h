// What an exported folder of C says of itself. It is compiled and run to be checked (host_build.h), never parsed for
// that.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace espalier::exporting::c {

struct Described {
  std::string title;                                         ///< of the recipe
  std::vector<std::pair<std::string, std::string>> figures;  ///< the table that opens README.md
  std::vector<std::string> labels;
  std::vector<std::string> kernels;  ///< files of the device runtime that travel along
  std::int64_t arena_bytes = 0, input_bytes = 0, output_bytes = 0, steps = 0;  ///< of model.h
  std::int64_t source_bytes = 0;                                               ///< of all files
};

/// Throws Error(mistake) with the file for what is absent or lacks what an export has.
Described describe_folder(const std::filesystem::path& folder);

}  // namespace espalier::exporting::c
