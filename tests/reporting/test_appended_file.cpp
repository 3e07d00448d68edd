#include "reporting/appended_file.h"

#include "base/error.h"
#include "base/files.h"
#include "catch.h"
#include "full_disk.h"
#include "scratch_folder.h"

using namespace espalier;
using reporting::AppendedFile;

TEST_CASE("records are added after what is there, and cut") {
  ScratchFolder folder;
  const auto path = folder / "deep/er/log";
  AppendedFile(path).append("one\n");
  AppendedFile file(path);
  file.append("two\n");
  CHECK(file.size() == 8);
  CHECK(read_text(path) == "one\ntwo\n");
  file.cut(4);
  file.append("three\n");
  CHECK(read_text(path) == "one\nthree\n");
}

TEST_CASE("a record that does not fit leaves nothing of itself") {
  ScratchFolder folder;
  const auto path = folder / "log";
  const int code = on_full_disk(10, [&] {
    AppendedFile file(path);
    file.append("12345678");
    try {
      file.append("does not fit");
    } catch (const Error&) {
      file.append("ok");  // what fits still does
      return 7;
    }
    return 9;
  });
  CHECK(code == 7);
  CHECK(read_text(path) == "12345678ok");
}

TEST_CASE("a place that cannot be written is named") {
  ScratchFolder folder;
  write_atomically(folder / "file", std::string("x"));
  CHECK_THROWS_AS(AppendedFile(folder / "file/log"), Error);
  CHECK_THROWS_AS(AppendedFile(folder.path()), Error);
}
