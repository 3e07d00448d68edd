#include "exporting/manifest.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace espalier::exporting {
namespace {

constexpr std::int64_t manifest_version = 1;

Artifact artifact_of(const std::filesystem::path& folder, const std::filesystem::path& path,
                     const std::string& format) {
  const auto bytes = read_bytes(folder / path);
  return {path.generic_string(), format, static_cast<std::int64_t>(bytes.size()), sha256(bytes)};
}

Json to_json(const Artifact& artifact) {
  auto json = Json::map();
  json.set("path", artifact.path);
  json.set("format", artifact.format);
  json.set("bytes", artifact.bytes);
  json.set("sha256", artifact.sha256);
  return json;
}

/// Absolute paths and ".." would let a foreign manifest name any file of the machine.
void check_path(const std::string& text, const std::string& origin) {
  const std::filesystem::path path(text);
  const bool leaves = std::any_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
  if (text.empty() || path.is_absolute() || leaves)
    mistake(origin, concat("names the artifact '", text, "' outside of its folder"));
}

Artifact artifact_from(const Json& json, const std::string& origin) {
  Artifact artifact{json.at("path").text(), json.at("format").text(), json.at("bytes").integer(),
                    json.at("sha256").text()};
  check_path(artifact.path, origin);
  return artifact;
}

Manifest parse(const Json& json, const std::string& origin) {
  if (json.at("manifest").integer() != manifest_version) mistake(origin, "is a manifest of another version");
  Manifest manifest;
  manifest.name = json.at("name").text();
  manifest.recipe_hash = json.at("recipe_hash").text();
  for (const auto& [what, version] : json.at("versions").entries())
    manifest.versions.emplace_back(what, version.text());
  for (const auto& id : json.at("calibration_samples").items()) manifest.calibration_samples.push_back(id.text());
  for (const auto& artifact : json.at("artifacts").items())
    manifest.artifacts.push_back(artifact_from(artifact, origin));
  return manifest;
}

}  // namespace

std::vector<Artifact> artifacts_of(const std::filesystem::path& folder, const std::string& path,
                                   const std::string& format) {
  std::error_code unknown;
  if (!std::filesystem::is_directory(folder / path, unknown)) return {artifact_of(folder, path, format)};
  std::vector<Artifact> all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / path))
    if (entry.is_regular_file()) all.push_back(artifact_of(folder, entry.path().lexically_relative(folder), format));
  std::sort(all.begin(), all.end(), [](const Artifact& a, const Artifact& b) { return a.path < b.path; });
  return all;
}

std::vector<std::string> changes(const Manifest& manifest, const std::filesystem::path& folder) {
  std::vector<std::string> lines;
  for (const auto& artifact : manifest.artifacts) {
    std::error_code unknown;
    if (!std::filesystem::is_regular_file(folder / artifact.path, unknown)) {
      lines.push_back(concat(artifact.path, ": is absent"));
      continue;
    }
    const auto now = artifact_of(folder, artifact.path, artifact.format);
    if (now.bytes != artifact.bytes)
      lines.push_back(concat(artifact.path, ": has ", now.bytes, " bytes, not ", artifact.bytes));
    else if (now.sha256 != artifact.sha256)
      lines.push_back(concat(artifact.path, ": has other bytes than when it was written"));
  }
  return lines;
}

Json to_json(const Manifest& manifest) {
  auto versions = Json::map();
  for (const auto& [what, version] : manifest.versions) versions.set(what, version);
  auto sorted = manifest.artifacts;
  std::sort(sorted.begin(), sorted.end(), [](const Artifact& a, const Artifact& b) { return a.path < b.path; });
  auto artifacts = Json::list();
  for (const auto& artifact : sorted) artifacts.push(to_json(artifact));
  auto json = Json::map();
  json.set("manifest", manifest_version);
  json.set("name", manifest.name);
  json.set("recipe_hash", manifest.recipe_hash);
  json.set("versions", versions);
  json.set("calibration_samples", Json::list_of(manifest.calibration_samples));
  json.set("artifacts", artifacts);
  return json;
}

Manifest manifest_from(const Json& json, const std::string& origin) {
  try {
    return parse(json, origin);
  } catch (const Error& error) {
    if (error.code() == Exit::mistake) throw;
    mistake(origin, concat("is not a manifest: ", error.what()));
  }
}

void write_manifest(const std::filesystem::path& path, const Manifest& manifest) {
  write_atomically(path, to_json(manifest).dump(2) + "\n");
}

Manifest read_manifest(const std::filesystem::path& path) {
  constexpr std::int64_t most = std::int64_t{1} << 26;
  return manifest_from(Json::parse(read_text(path, most), path.string()), path.string());
}

}  // namespace espalier::exporting
