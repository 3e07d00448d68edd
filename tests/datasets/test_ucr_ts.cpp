#include "catch.h"
#include "refusal.h"
#include "small_corpus.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

const std::string head = "@problemName Walks\n@timeStamps false\n@classLabel true still moving\n@data\n";

std::string cases(int count, int length = 8) {
  std::string text = head;
  for (int i = 0; i < count; ++i) {
    for (int channel = 0; channel < 2; ++channel) {
      for (int row = 0; row < length; ++row)
        text += (row ? "," : "") + std::to_string(i % 2 ? row * (channel + 1) : channel + i) + ".5";
      text += ":";
    }
    text += i % 2 ? "moving\n" : "still\n";
  }
  return text;
}

std::string recipe(const Folder& folder, const std::string& text, const std::string& more = "") {
  write_bytes(folder.path() / "walks.ts", text);
  return "type: ucr_ts\ntrain: " + (folder.path() / "walks.ts").string() + "\n" + more;
}

}  // namespace

TEST_CASE("ucr_ts: cases become windows, split by class") {
  Folder folder("ucr_ts");
  const auto data = make_data(recipe(folder, cases(40), "rate: 10\nsplit: {folds: 5, fold: 1}\n"));
  CHECK(data->shape() == std::vector<std::int64_t>{2, 8, 1});
  CHECK(data->classes() == std::vector<std::string>{"still", "moving"});
  CHECK(data->size(Split::train) == 24);
  CHECK(data->size(Split::test) == 8);
  std::int64_t moving = 0;
  for (std::int64_t i = 0; i < 8; ++i) moving += data->label(Split::test, i);
  CHECK(moving == 4);
  CHECK(data->front_end().at("rate").number() == 10);
  CHECK(data->front_end().at("channels").items()[1].at("name").text() == "c2");
  CHECK(features_of(*data, Split::test, 0) == features_of(*data, Split::test, 0));
}

TEST_CASE("ucr_ts: files of their own, unequal lengths and missing values") {
  Folder folder("ucr_ts_files");
  write_bytes(folder.path() / "test.ts", head + "9,9:9,?:moving\n1,?,3,4,5,6,7,8,9,10:?,2,2,2,2,2,2,2,2,2:still\n");
  const auto data = make_data(recipe(folder, cases(10), "test: " + (folder.path() / "test.ts").string() + "\n"));
  CHECK(data->size(Split::test) == 2);
  CHECK(data->size(Split::train) + data->size(Split::validation) == 10);
  CHECK(data->id(Split::test, 1) == "test/1");
  says(data->summary(), "3 missing values interpolated");
  const auto held = features_of(*data, Split::test, 0);
  CHECK(std::vector<float>(held.begin(), held.begin() + 8) == std::vector<float>(8, held[0]));
  const auto line = features_of(*data, Split::test, 1);
  CHECK(line[1] - line[0] == Approx(line[2] - line[1]).margin(1e-3));
}

TEST_CASE("ucr_ts: augmented views are functions of epoch and sample") {
  Folder folder("ucr_ts_augment");
  const auto data = make_data(
      recipe(folder, cases(10),
             "augment: {jitter: 0.1, scale: [0.8, 1.2], time_shift: 2, time_warp: 0.2, channel_dropout: 0.3}\n"));
  CHECK(data->views() == 0);
  const auto plain = features_of(*data, Split::train, 1), first = features_of(*data, Split::train, 1, {true, 0});
  CHECK(first == features_of(*data, Split::train, 1, {true, 0}));
  CHECK(first != plain);
  CHECK(first != features_of(*data, Split::train, 1, {true, 1}));
  const auto twice = make_data(recipe(folder, cases(10), "augment: {views: 2, jitter: 0.1}\n"));
  CHECK(features_of(*twice, Split::train, 1, {true, 0}) == features_of(*twice, Split::train, 1, {true, 2}));
}

TEST_CASE("ucr_ts: mistakes name the file's line or the recipe's") {
  Folder folder("ucr_ts_mistakes");
  says(problems_of("type: ucr_ts\ntrain: nowhere.ts\n"), "recipe.yaml:2:8: there is no file 'nowhere.ts'");
  says(problems_of(recipe(folder, cases(10) + "1,2:3,x:still\n")), "walks.ts:15: 'x' is no number");
  says(problems_of(recipe(folder, cases(10) + "?,?:3,4:still\n")), "walks.ts:15: a channel of this case has no value");
  says(problems_of(recipe(folder, "#\n")), "ends without @data");
  says(problems_of(recipe(folder, cases(10), "classes: [still, flying]\n")), "no training windows of 'flying'");
  says(problems_of(recipe(folder, cases(10), "features: {step: [1, 2, 3]}\n")), "step has 3 entries for 2 channels");
  says(problems_of(recipe(folder, cases(10), "features: {normalization: min_max}\n")), "must be fixed or window");
  says(problems_of(recipe(folder, cases(10), "memory: 100 B\n")), "raise `memory:`");
  says(problems_of(recipe(folder, cases(10, 1))), "a window of 2 to 65536");
  says(problems_of(recipe(folder, cases(10), "split: {test_groups: [walks/99]}\n")), "have no 'walks/99'");
  says(make_data(recipe(folder, cases(10) + "1,2:3,x:still\n?,?:3,4:still\n", "on_error: skip\n"))->summary(),
       "2 damaged cases left out");
}
