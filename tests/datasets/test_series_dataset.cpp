#include "datasets/series_dataset.h"

#include <cmath>
#include <limits>

#include "catch.h"
#include "small_corpus.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

constexpr float missing = std::numeric_limits<float>::quiet_NaN();

SeriesCatalog catalog_of(int recordings) {
  SeriesCatalog catalog;
  catalog.where = "here";
  catalog.classes = {"a", "b"};
  catalog.channels = {"x"};
  catalog.timing = {10, 4, 4};
  for (int i = 0; i < recordings; ++i) {
    SeriesWindow window;
    window.group = window.id = "g" + std::to_string(i);
    window.label = i % 2;
    window.recording = static_cast<std::size_t>(i);
    window.begin = -1;
    catalog.splits[0].push_back(window);
    const auto base = static_cast<float>(i);
    add_recording(catalog, {{base, base + 1, base + 5}, 3}, {1 << 20});
  }
  return catalog;
}

std::unique_ptr<Dataset> dataset_of(SeriesCatalog catalog, std::vector<Problem>& problems) {
  SeriesOptions options;
  divide(catalog, options, true, problems);
  return make_series_dataset(options, std::move(catalog), problems);
}

}  // namespace

TEST_CASE("gaps are filled linearly in time, the ends by what is nearest") {
  std::vector<float> values = {missing, 1, 2, missing, missing, missing, 8, 4, missing, missing};
  CHECK(fill_gaps(values, 2) == 6);
  CHECK(values == std::vector<float>{2, 1, 2, 2, 5, 3, 8, 4, 8, 4});
  std::vector<float> silent = {1, missing, 2, missing};
  CHECK(fill_gaps(silent, 2) == -1);
  std::vector<float> whole = {1, 2, 3};
  CHECK(fill_gaps(whole, 1) == 0);
}

TEST_CASE("beyond a recording's ends its first and last rows stand; raw samples give the same features") {
  std::vector<Problem> problems;
  const auto data = dataset_of(catalog_of(8), problems);
  refuse(problems);
  CHECK(data->raw_form()->matter == Matter::series);
  for (const auto split : {Split::train, Split::validation, Split::test})
    for (std::int64_t i = 0; i < data->size(split); ++i) {
      const auto raw = data->raw(split, i);
      REQUIRE(raw.values.size() == 4);
      CHECK(raw.values[1] == raw.values[0]);
      CHECK(raw.values[3] == raw.values[0] + 5);
      std::vector<float> features(4);
      data->features_of_raw(raw, features);
      CHECK(features == features_of(*data, split, i));
      CHECK(features == features_of(*data, split, i, {true, 3}));  // nothing is augmented without a block
    }
}

TEST_CASE("memory is bounded, classes and splits are checked") {
  auto catalog = catalog_of(2);
  CHECK_THROWS_AS(add_recording(catalog, {std::vector<float>(1000), 1000}, {4000}), Error);
  std::vector<Problem> problems;
  auto lonely = catalog_of(8);
  lonely.classes = {"a", "b", "c"};
  dataset_of(std::move(lonely), problems);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].text.find("no training windows of 'c'") != std::string::npos);
  problems.clear();
  SeriesOptions options;
  make_series_dataset(options, catalog_of(4), problems);
  CHECK(problems.size() == 2);  // nobody validates, nobody is tested on
}

TEST_CASE("with a normal class training and validation know nothing else") {
  auto catalog = catalog_of(12);
  for (std::size_t i = 0; i < 12; ++i) {
    auto window = catalog.splits[0].front();
    catalog.splits[0].erase(catalog.splits[0].begin());
    catalog.splits[i % 3].push_back(window);
  }
  SeriesOptions options;
  options.normal = "b";
  std::vector<Problem> problems;
  const auto data = make_series_dataset(options, catalog, problems);
  refuse(problems);
  CHECK(data->classes() == std::vector<std::string>{"normal", "anomalous"});
  CHECK(data->size(Split::train) == 2);
  CHECK(data->size(Split::validation) == 2);
  CHECK(data->size(Split::test) == 4);
  CHECK(data->label(Split::train, 0) == 0);
  CHECK(data->label(Split::test, 0) == 1);  // of class a
  CHECK(data->label(Split::test, 1) == 0);
  CHECK(data->summary().find("4 anomalous windows kept out") != std::string::npos);
  options.normal = "B";
  CHECK_FALSE(make_series_dataset(options, catalog, problems));
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].text.find("no label 'B', which is to be the normal one") != std::string::npos);
  problems.clear();
  options.normal = "a";
  std::erase_if(catalog.splits[2], [](const SeriesWindow& window) { return window.label == 1; });
  CHECK_FALSE(make_series_dataset(options, catalog, problems));
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].text.find("no anomalous windows for test") != std::string::npos);
}
