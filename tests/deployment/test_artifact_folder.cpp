#include "deployment/artifact_folder.h"

#include "base/files.h"
#include "catch.h"
#include "reporting/scratch_folder.h"

namespace espalier::deployment {

TEST_CASE("a folder is written whole, in place of what lay there") {
  const ScratchFolder scratch;
  const RunFolder folder{scratch.path()};
  write_atomically(folder.c() / "old.c", std::string("old"));
  const auto made = write_artifact_folder("c", {{"a.txt", "one"}, {"deep/b.txt", "three"}}, folder.c(), folder);
  CHECK(made.path == "export/c");
  CHECK(made.bytes == 8);
  CHECK(read_text(folder.c() / "deep" / "b.txt") == "three");
  CHECK(!std::filesystem::exists(folder.c() / "old.c"));
  CHECK(!std::filesystem::exists(folder.exports() / "c.part"));
  const auto other = write_artifact_folder("c", {{"a.txt", "one"}, {"deep/c.txt", "three"}}, folder.c(), folder);
  CHECK(other.sha256 != made.sha256);
}

}  // namespace espalier::deployment
