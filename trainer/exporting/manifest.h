// manifest.json: what an export folder holds and from what it was made, so that a copy can be told from a changed file.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"

namespace espalier::exporting {

struct Artifact {
  std::string path;    ///< relative to the manifest's folder, '/' between folders
  std::string format;  ///< "tflite", "onnx", "torchscript", "c", "golden", …
  std::int64_t bytes = 0;
  std::string sha256;
};

struct Manifest {
  std::string name;                                           ///< of the recipe
  std::string recipe_hash;                                    ///< SHA-256 of the resolved recipe
  std::vector<std::pair<std::string, std::string>> versions;  ///< of Espalier, LibTorch, …
  std::vector<std::string> calibration_samples;  ///< ids of the pinned samples, in the order of calibration
  std::vector<Artifact> artifacts;               ///< sorted by path when written
};

/// One artifact a file: a folder gives one for each file in it, sorted by path. Throws Error(mistake) for a path that
/// is absent.
std::vector<Artifact> artifacts_of(const std::filesystem::path& folder, const std::string& path,
                                   const std::string& format);

/// What no longer is as the manifest says: one line for each artifact that is absent or has other bytes.
std::vector<std::string> changes(const Manifest& manifest, const std::filesystem::path& folder);

Json to_json(const Manifest& manifest);
/// Throws Error(mistake) with `origin` for entries that are missing or of a wrong type, and for paths that leave the
/// folder.
Manifest manifest_from(const Json& json, const std::string& origin);

void write_manifest(const std::filesystem::path& path, const Manifest& manifest);
Manifest read_manifest(const std::filesystem::path& path);

}  // namespace espalier::exporting
