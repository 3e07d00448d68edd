#include "datasets/picture_survey.h"

#include "catch.h"
#include "small_images.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

PictureCatalog catalog_of(const Folder& folder, int whole, int damaged) {
  PictureCatalog catalog;
  for (int i = 0; i < whole + damaged; ++i) {
    const auto file = folder.path() / ("p" + std::to_string(100 + i) + ".png");
    if (i < whole)
      write_image(file, noisy_image(4, 4, 3, static_cast<std::uint64_t>(i)));
    else
      write_bytes(file, "no picture");
    catalog.splits[static_cast<std::size_t>(i % 3)].push_back({file.filename().string(), 0, file, -1});
  }
  return catalog;
}

}  // namespace

TEST_CASE("survey: the first ten damaged files are told, and how many more there are") {
  Folder folder("survey_fail");
  auto catalog = catalog_of(folder, 2, 13);
  std::vector<Problem> problems;
  survey(catalog, false, problems);
  REQUIRE(problems.size() == 11);
  CHECK(problems[0].origin == (folder.path() / "p102.png").string());
  CHECK(problems[10].text == "3 more files are refused; `on_error: skip` leaves them out");
}

TEST_CASE("survey: with skip they are left out, counted and the first is named") {
  Folder folder("survey_skip");
  auto catalog = catalog_of(folder, 5, 2);
  std::vector<Problem> problems;
  survey(catalog, true, problems);
  CHECK(problems.empty());
  CHECK(catalog.splits[0].size() + catalog.splits[1].size() + catalog.splits[2].size() == 5);
  REQUIRE(catalog.notes.size() == 1);
  CHECK(catalog.notes[0].find("2 damaged files left out, the first: " + (folder.path() / "p105.png").string()) == 0);
}
