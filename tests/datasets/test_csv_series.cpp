#include "catch.h"
#include "refusal.h"
#include "small_corpus.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

/// `rows` rows of two activities, half each.
std::string person(int seed, int rows = 80) {
  std::string text = "time,x,y,activity\n";
  for (int i = 0; i < rows; ++i)
    text += std::to_string(i) + "," + std::to_string((i * (seed + 3)) % 7) + "," +
            std::to_string(i < rows / 2 ? seed : i) + "," + (i < rows / 2 ? "sit" : "walk") + "\n";
  return text;
}

std::string recipe(const Folder& folder, const std::string& more = "") {
  return "type: csv_series\nroot: " + folder.path().string() +
         "\nlabel: activity\nrate: 10\nwindow: 1 s\nhop: 500 ms\n" + more;
}

void write_people(const Folder& folder, int count) {
  for (int i = 0; i < count; ++i) write_bytes(folder.path() / ("day/p" + std::to_string(i) + ".csv"), person(i));
}

}  // namespace

TEST_CASE("csv_series: windows by majority, people apart") {
  Folder folder("csv_series");
  write_people(folder, 6);
  const auto data = make_data(recipe(folder));
  CHECK(data->shape() == std::vector<std::int64_t>{2, 10, 1});
  CHECK(data->classes() == std::vector<std::string>{"sit", "walk"});
  CHECK(data->size(Split::train) == 4 * 15);
  CHECK(data->size(Split::test) == 15);
  for (std::int64_t i = 1; i < 15; ++i)
    CHECK(data->id(Split::test, i).substr(0, 10) == data->id(Split::test, 0).substr(0, 10));
  CHECK(data->label(Split::test, 0) == 0);
  CHECK(data->label(Split::test, 7) == 0);  // five rows of each: the first of equals
  CHECK(data->label(Split::test, 8) == 1);
  const auto by_centre = make_data(recipe(folder, "label_by: centre\n"));
  CHECK(by_centre->label(Split::test, 7) == 1);
  const auto pure = make_data(recipe(folder, "purity: 1\n"));
  CHECK(pure->size(Split::test) == 14);
  says(pure->summary(), "6 windows of no class, of mixed labels");
}

TEST_CASE("csv_series: windows never cross from one person to another, nor from split to split") {
  Folder folder("csv_series_subjects");
  std::string text = "x,y,activity,who,part\n";
  const char* parts[] = {"train", "valid", "test"};
  for (int i = 0; i < 90; ++i)
    text += std::to_string(i) + "," + std::to_string(i % 5) + (i % 30 < 15 ? ",sit,p" : ",walk,p") +
            std::to_string(i / 30) + "," + parts[i / 30] + "\n";
  write_bytes(folder.path() / "all.csv", text);
  const auto data = make_data(recipe(folder, "subject: who\nsplit_column: part\n"));
  for (const auto split : {Split::train, Split::validation, Split::test}) CHECK(data->size(split) == 5);
  CHECK(data->id(Split::validation, 0) == "all.csv@30");
  const auto named = make_data(recipe(folder, "subject: who\nsplit: {test_groups: [p0], validation_groups: [p2]}\n"));
  CHECK(named->id(Split::test, 0) == "all.csv@0");
  says(problems_of(recipe(folder, "split_column: who\n")), "'p0' in column 'who' is no split");
}

TEST_CASE("csv_series: missing values are interpolated, too many make a window unusable") {
  Folder folder("csv_series_missing");
  write_people(folder, 4);
  auto text = person(9);
  for (int i = 30; i < 40; ++i) {
    const auto line = "\n" + std::to_string(i) + ",";
    const auto at = text.find(line) + line.size();
    text.replace(at, text.find(',', at) - at, "");
  }
  write_bytes(folder.path() / "day/p9.csv", text);
  const auto data = make_data(recipe(folder));
  says(data->summary(), "10 missing values interpolated");
  says(data->summary(), "3 windows of no class");
}

TEST_CASE("csv_series: damaged files are refused, or left out and counted") {
  Folder folder("csv_series_damaged");
  write_people(folder, 5);
  write_bytes(folder.path() / "day/q.csv", "");
  says(problems_of(recipe(folder)), "q.csv: is empty");
  says(make_data(recipe(folder, "on_error: skip\n"))->summary(), "1 damaged files left out");
  write_bytes(folder.path() / "day/q.csv", person(1) + "99,a,b,sit\n");
  says(problems_of(recipe(folder)), "q.csv:82: 'a' in column 'x' is no number");
  says(make_data(recipe(folder, "on_error: skip\n"))->summary(), "2 fields that are no numbers");
  says(problems_of(recipe(folder, "on_error: skip\nmemory: 1 KiB\n")), "raise `memory:`");
}

TEST_CASE("csv_series: mistakes of the recipe") {
  Folder folder("csv_series_mistakes");
  says(problems_of(recipe(folder)), "there is no CSV file");
  write_people(folder, 5);
  says(problems_of(recipe(folder, "channels: [x, z]\n")), "has no column 'z'");
  says(problems_of(recipe(folder, "classes: [sit, fly]\n")), "no training windows of 'fly'");
  says(problems_of("type: csv_series\nroot: " + folder.path().string() + "\nwindow: 10 ms\n"), "a window of 1 rows");
  says(problems_of("type: csv_series\nroot: " + folder.path().string() +
                   "\nlabel: activity\nrate: 1e9\nwindow: 1000 s\n"),
       "mind window and rate");
}

TEST_CASE("csv_series: a window with a single row that is not normal is anomalous") {
  Folder folder("csv_series_any");
  std::string text = "x,fault,part\n";
  const char* parts[] = {"train", "valid", "test"};
  for (int i = 0; i < 90; ++i)
    text += std::to_string(i % 5) + (i == 75 ? ",1," : i == 3 ? ",2," : ",0,") + parts[i / 30] + "\n";
  write_bytes(folder.path() / "all.csv", text);
  const auto of = [&](const std::string& more) {
    return "type: csv_series\nroot: " + folder.path().string() +
           "\nlabel: fault\nrate: 10\nwindow: 1 s\nhop: 500 ms\nsplit_column: part\n" + more;
  };
  const auto data = make_data(of("normal: \"0\"\nlabel_by: any\n"));
  CHECK(data->size(Split::train) == 4);  // of 5; the first holds row 3
  CHECK(data->size(Split::validation) == 5);
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < 5; ++i) labels.push_back(data->label(Split::test, i));
  CHECK(labels == std::vector<std::int64_t>{0, 0, 1, 1, 0});  // row 75 is in [70, 80) and [75, 85)
  says(problems_of(of("label_by: any\n")), "label_by: any needs `normal:`");
}

TEST_CASE("csv_series: links that lead out are refused, or left out and counted; the root itself may be one") {
  Folder folder("csv_series_links"), elsewhere("csv_series_elsewhere");
  write_people(folder, 6);
  write_bytes(elsewhere.path() / "x.csv", person(1));
  fs::create_symlink(elsewhere.path() / "x.csv", folder.path() / "day/link.csv");
  fs::create_symlink("/nowhere/at all.csv", folder.path() / "day/nowhere.csv");
  says(problems_of(recipe(folder)), "link.csv: is a link that leads out");
  const auto data = make_data(recipe(folder, "on_error: skip\n"));
  CHECK(data->size(Split::train) == 4 * 15);
  says(data->summary(), "2 damaged files");
  fs::remove(folder.path() / "day/link.csv"), fs::remove(folder.path() / "day/nowhere.csv");
  fs::create_directory_symlink(folder.path(), elsewhere.path() / "root");
  CHECK(make_data("type: csv_series\nroot: " + (elsewhere.path() / "root").string() +
                  "\nlabel: activity\nrate: 10\nwindow: 1 s\nhop: 500 ms\n")
            ->size(Split::train) == 4 * 15);
}
