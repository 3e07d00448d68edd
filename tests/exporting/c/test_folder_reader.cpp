#include "exporting/c/folder_reader.h"

#include <algorithm>

#include "base/error.h"
#include "catch.h"
#include "exporting/c/exported_folder.h"

namespace espalier::exporting::c {

TEST_CASE("a folder says what it was written with", "[c]") {
  auto program = random_programs::ds_cnn(4);
  const auto outputs = program.activations[static_cast<std::size_t>(program.output)].shape.back();
  program.labels.clear();
  for (std::int64_t i = 0; i < outputs; ++i) program.labels.push_back(i == 0 ? "b\"\\?\u00e9" : std::to_string(i));
  const auto options = options_of(program);
  const ExportedFolder folder(program, options);
  const auto found = describe_folder(folder.path());
  CHECK(found.labels == program.labels);
  CHECK(found.arena_bytes == arena_bytes(program, options));
  CHECK(found.steps == static_cast<std::int64_t>(program.instructions.size()));
  CHECK(found.title == program.name);
  const auto figure = [&](const std::string& name) {
    const auto row =
        std::find_if(found.figures.begin(), found.figures.end(), [&](const auto& one) { return one.first == name; });
    return row == found.figures.end() ? std::string() : row->second;
  };
  CHECK(figure("arena") == std::to_string(found.arena_bytes) + " bytes of RAM");
  CHECK(figure("weights are stored as").find("layers") != std::string::npos);
  CHECK(std::find(found.kernels.begin(), found.kernels.end(), "conv2d_s8.c") != found.kernels.end());
}

TEST_CASE("what is no exported folder is refused by the file that it lacks", "[c]") {
  const auto program = random_programs::ds_cnn(4);
  for (const char* file : {"model.h", "README.md", "NOTICE"}) {
    const ExportedFolder folder(program, options_of(program));
    std::filesystem::remove(folder.path() / file);
    CHECK_THROWS_WITH(describe_folder(folder.path()), Catch::Contains(file));
    write_atomically(folder.path() / file, std::string("nothing of that kind"));
    if (std::string(file) != "NOTICE") CHECK_THROWS_WITH(describe_folder(folder.path()), Catch::Contains(file));
  }
}

}  // namespace espalier::exporting::c
