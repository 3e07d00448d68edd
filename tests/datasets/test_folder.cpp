#include "datasets/folder.h"

#include "catch.h"
#include "refusal.h"
#include "small_corpus.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

TEST_CASE("folder: what lies in it is sorted, folders below it are searched") {
  Folder folder("folder");
  for (const auto* name : {"b.txt", "a.txt", "below/c.txt"}) write_bytes(folder.path() / name, "x");
  fs::create_directory_symlink(folder.path() / "below", folder.path() / "link");
  CHECK(entries_of(folder.path()) == std::vector<fs::path>{folder.path() / "a.txt", folder.path() / "b.txt",
                                                           folder.path() / "below", folder.path() / "link"});
  CHECK(files_below(folder.path()) ==
        std::vector<fs::path>{folder.path() / "a.txt", folder.path() / "b.txt", folder.path() / "below" / "c.txt"});
}

TEST_CASE("folder: one that is not there is named") {
  says(refusal([] { entries_of("/nowhere/at all"); }), "/nowhere/at all: cannot be read");
  says(refusal([] { files_below("/nowhere/at all"); }), "/nowhere/at all: cannot be read");
}

TEST_CASE("folder: names that no file can have are of no file") {
  Folder folder("folder_names");
  const auto absurd = folder.path() / std::string(5000, 'x');
  CHECK_FALSE(is_file(absurd));
  CHECK_FALSE(is_folder(absurd));
  CHECK_FALSE(is_link_out(absurd, folder.path()));
  CHECK_FALSE(is_file(folder.path()));
  CHECK(is_folder(folder.path()));
}

TEST_CASE("folder: links lead out, or do not") {
  Folder folder("folder_links");
  const auto root = folder.path() / "root";
  write_bytes(root / "in.txt", "x");
  write_bytes(folder.path() / "out.txt", "x");
  fs::create_symlink("in.txt", root / "inside");
  fs::create_symlink("../out.txt", root / "outside");
  fs::create_symlink("/nowhere/at all", root / "nowhere");
  fs::create_symlink("circle", root / "circle");
  fs::create_directory_symlink(root, folder.path() / "root_by_link");
  CHECK_FALSE(is_link_out(root / "in.txt", root));
  CHECK_FALSE(is_link_out(root / "inside", root));
  CHECK_FALSE(is_link_out(folder.path() / "root_by_link" / "inside", folder.path() / "root_by_link"));
  CHECK(is_link_out(root / "outside", root));
  CHECK_FALSE(is_link_out(root / "nowhere", root));
  CHECK_FALSE(is_link_out(root / "circle", root));
}
