#include <algorithm>
#include <set>

#include "catch.h"
#include "small_corpus.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {
const std::vector<std::string> five = {"yes", "no", "cat", "dog", "bird"};

std::string recipe(const Folder& folder, const std::string& more = "") {
  return "type: speech_commands\nroot: " + folder.path().string() + "\nwords: [yes, no]\n" + more;
}

bool says(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}
}  // namespace

TEST_CASE("speech_commands: classes, counts, labels and names of the official layout") {
  Folder folder("speech_counts");
  write_corpus(folder.path(), five, 4);
  const auto data = make_data(recipe(folder));
  CHECK(data->classes() == std::vector<std::string>{"yes", "no", "_unknown_", "_silence_"});
  CHECK(data->shape() == std::vector<std::int64_t>{1, 49, 10});
  for (const auto split : {Split::train, Split::validation, Split::test}) {
    REQUIRE(data->size(split) == 16);
    std::vector<int> counts(4);
    for (std::int64_t i = 0; i < 16; ++i) ++counts[static_cast<std::size_t>(data->label(split, i))];
    CHECK(counts == std::vector<int>{4, 4, 4, 4});
  }
  CHECK(data->id(Split::train, 0) == "yes/speaker0_nohash_0.wav");
  CHECK(data->id(Split::test, 15) == "_silence_/3");
  CHECK(says(data->summary(), "train 16 (yes 4, no 4, _unknown_ 4, _silence_ 4)"));
}
