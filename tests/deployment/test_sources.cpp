#include "deployment/sources.h"

#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "catch.h"

using namespace espalier;

namespace {

/// A folder of a picture, two recordings and files for series, and nothing in "empty".
struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("espalier_sources_" + std::to_string(::getpid()));
  Folder() {
    for (const char* name : {"b/2.wav", "a/1.WAV", "c.png", "walk.csv", "119.hea", "119.dat"})
      write_atomically(path / name, std::string("x"));
    std::filesystem::create_directories(path / "empty");
  }
  ~Folder() { std::filesystem::remove_all(path); }

  std::vector<std::string> of(const Json& front_end) const {
    std::vector<std::string> names;
    for (const auto& file : deployment::files_of({path.string()}, front_end))
      names.push_back(std::filesystem::path(file).lexically_relative(path).string());
    return names;
  }
};

}  // namespace

TEST_CASE("a folder stands for the files in and below it that the model takes") {
  const Folder folder;
  using Names = std::vector<std::string>;
  CHECK(folder.of(Json::map().set("type", "mfcc")) == Names{"a/1.WAV", "b/2.wav"});
  CHECK(folder.of(Json::map().set("type", "image")) == Names{"c.png"});
  CHECK(folder.of(Json::map().set("type", "series").set("anchor", -1)) == Names{"119.hea", "walk.csv"});
  CHECK(folder.of(Json::map().set("type", "series").set("anchor", 101)) == Names{"119.hea"});
}

TEST_CASE("files, cameras and what is not there stay as they are; a folder without a file for the model is refused") {
  const Folder folder;
  const std::vector<std::string> given = {"camera:0", "nowhere.wav", (folder.path / "c.png").string()};
  CHECK(deployment::files_of(given, Json::map().set("type", "image")) == given);
  try {
    deployment::files_of({(folder.path / "empty").string()}, Json::map().set("type", "image"));
    FAIL("taken");
  } catch (const Error& error) {
    CHECK(error.code() == Exit::mistake);
    CHECK(error.problems()[0].origin == (folder.path / "empty").string());
  }
}
