#include "datasets/speech_splits.h"

#include "catch.h"
#include "small_corpus.h"

using namespace espalier;
using namespace espalier::datasets;
using espalier::testing::Folder;
using espalier::testing::write_bytes;

TEST_CASE("split_by_hash: the corpus's own rule") {
  // The first three are in the corpus's testing_list.txt; all values agree with `which_set` of its reference code.
  CHECK(split_by_hash("a6f2fd71_nohash_3.wav") == Split::test);
  CHECK(split_by_hash("0cb74144_nohash_2.wav") == Split::test);
  CHECK(split_by_hash("cfde27ba_nohash_0.wav") == Split::test);
  CHECK(split_by_hash("speaker7_nohash_1.wav") == Split::test);
  CHECK(split_by_hash("0a7c2a8d_nohash_0.wav") == Split::train);
  CHECK(split_by_hash("plain.wav") == Split::train);
  CHECK(split_by_hash("a6f2fd71_nohash_0.flac") == split_by_hash("a6f2fd71_nohash_9.wav"));
  int counts[3] = {};
  for (int i = 0; i < 20000; ++i) ++counts[static_cast<int>(split_by_hash("s" + std::to_string(i) + "_nohash_0.wav"))];
  CHECK(counts[1] == Approx(2000).margin(150));
  CHECK(counts[2] == Approx(2000).margin(150));
}

TEST_CASE("SpeechSplits: lists, absent files, one list without the other, an entry in both") {
  Folder folder("splits");
  const auto& root = folder.path();
  write_bytes(root / "yes/a_nohash_0.wav", "x");
  write_bytes(root / "validation_list.txt", "yes/a_nohash_0.wav\r\n");
  std::vector<Problem> problems;
  const SpeechSplits half(root, problems);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].origin == (root / "testing_list.txt").string());
  write_bytes(root / "testing_list.txt", "yes/b_nohash_0.wav\n\n");
  problems.clear();
  const SpeechSplits both(root, problems);
  REQUIRE(problems.empty());
  CHECK(both.from_lists());
  CHECK(both.of("yes/a_nohash_0.wav") == Split::validation);
  CHECK(both.of("yes/b_nohash_0.wav") == Split::test);
  CHECK(both.of("yes/c_nohash_0.wav") == Split::train);
  const auto absent = both.absent(root);
  REQUIRE(absent.size() == 1);
  CHECK(absent[0].origin == (root / "testing_list.txt").string() + ":1");
  write_bytes(root / "testing_list.txt", "yes/a_nohash_0.wav\n");
  const SpeechSplits twice(root, problems);
  REQUIRE(problems.size() == 1);
}

TEST_CASE("SpeechSplits: a byte order mark is no part of a name, and names that no file can have are absent") {
  Folder folder("splits_names");
  const auto& root = folder.path();
  write_bytes(root / "yes/a_nohash_0.wav", "x");
  write_bytes(root / "validation_list.txt", "\xEF\xBB\xBFyes/a_nohash_0.wav\n");
  write_bytes(root / "testing_list.txt", std::string(5000, 'x') + "\n");
  std::vector<Problem> problems;
  const SpeechSplits splits(root, problems);
  REQUIRE(problems.empty());
  CHECK(splits.of("yes/a_nohash_0.wav") == Split::validation);
  REQUIRE(splits.absent(root).size() == 1);
  CHECK(splits.absent(root)[0].origin == (root / "testing_list.txt").string() + ":1");
}
