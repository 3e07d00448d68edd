#include "exporting/manifest.h"

#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "catch.h"

namespace espalier::exporting {
namespace {

/// A folder with two artifacts, removed at the end.
struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("espalier_test_manifest" + std::to_string(::getpid()));
  Folder() {
    write_atomically(path / "model.tflite", std::string("weights"));
    write_atomically(path / "c" / "model.h", std::string("header"));
    write_atomically(path / "c" / "model.c", std::string("source"));
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

Manifest manifest_of(const std::filesystem::path& folder) {
  Manifest manifest{
      "kws", sha256("recipe"), {{"espalier", "0.1.0"}, {"torch", "2.13.0"}}, {"yes/1.wav", "no/2.wav"}, {}};
  manifest.artifacts = artifacts_of(folder, "model.tflite", "tflite");
  for (const auto& artifact : artifacts_of(folder, "c", "c")) manifest.artifacts.push_back(artifact);
  return manifest;
}

}  // namespace

TEST_CASE("a manifest comes back", "[manifest]") {
  const Folder folder;
  const auto given = manifest_of(folder.path);
  write_manifest(folder.path / "manifest.json", given);
  const auto found = read_manifest(folder.path / "manifest.json");
  CHECK(found.name == given.name);
  CHECK(found.recipe_hash == given.recipe_hash);
  CHECK(found.versions == given.versions);
  CHECK(found.calibration_samples == given.calibration_samples);
  REQUIRE(found.artifacts.size() == 3);
  CHECK(found.artifacts[0].path == "c/model.c");
  CHECK(found.artifacts[2].path == "model.tflite");
  CHECK(found.artifacts[2].bytes == 7);
  CHECK(found.artifacts[2].sha256 == sha256("weights"));
}

TEST_CASE("changed and absent artifacts are named", "[manifest]") {
  const Folder folder;
  const auto manifest = manifest_of(folder.path);
  CHECK(changes(manifest, folder.path).empty());
  write_atomically(folder.path / "model.tflite", std::string("Weights"));
  std::filesystem::remove(folder.path / "c" / "model.c");
  const auto found = changes(manifest, folder.path);
  REQUIRE(found.size() == 2);
  CHECK(found[0].find("model.tflite") == 0);
  CHECK(found[1].find("absent") != std::string::npos);
}

TEST_CASE("a manifest that is none, or points elsewhere, is refused with its name", "[manifest]") {
  const Folder folder;
  auto json = to_json(manifest_of(folder.path));
  CHECK_NOTHROW(manifest_from(json, "m.json"));
  CHECK_THROWS_AS(manifest_from(Json::map(), "m.json"), Error);
  for (const auto* path : {"../model.tflite", "/etc/passwd", ""}) {
    auto artifact = Json::map();
    artifact.set("path", path).set("format", "c").set("bytes", 1).set("sha256", "");
    json.set("artifacts", Json(Json::List{artifact}));
    try {
      manifest_from(json, "m.json");
      FAIL("no error");
    } catch (const Error& error) {
      CHECK(error.code() == Exit::mistake);
      CHECK(std::string(error.what()).find("m.json") == 0);
    }
  }
}

}  // namespace espalier::exporting
