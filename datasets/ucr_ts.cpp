// Series of the UCR/UEA archives (timeseriesclassification.com) in their .ts format: each case is one window.
#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "base/files.h"
#include "base/text.h"
#include "datasets/folder.h"
#include "datasets/series_dataset.h"
#include "datasets/ts_file.h"
#include "schema/registry.h"

namespace espalier::datasets::ucr_ts {

namespace fs = std::filesystem;

struct Options : SeriesOptions {
  schema::Part train, validation, test;
  double rate = 1;
  std::int64_t length = 0;
  std::vector<std::string> channels;
  static void describe(schema::Describe<Options>& d) {
    d.about("cases of the UCR/UEA archives (.ts): univariate, multivariate, unequal length, missing values",
            "Bagnall et al. 2018, arXiv:1811.00075");
    d.key("train", &Options::train, "the .ts file, relative to the working directory; all cases where no test is named")
        .must()
        .type = "path";
    d.key("validation", &Options::validation, "another file; without it a share of train validates").type = "path";
    d.key("test", &Options::test, "another file; without it a share of train is tested on").type = "path";
    d.key("rate", &Options::rate, "of sampling; the files do not say").range(1e-6, 1e9).in("Hz");
    d.key(
         "length", &Options::length,
         "of a window: longer series are cut at their end, shorter ones go on with their last value; 0: the longest of "
         "train")
        .range(0, 65536)
        .in("samples");
    d.key("channels", &Options::channels, "their names; empty: c1, c2, ...");
    describe_series(d);
  }
};

/// Reads the files of one recipe; Problems name their lines.
class Reading {
 public:
  Reading(const Options& options, std::vector<Problem>& problems) : options_(options), problems_(problems) {}

  SeriesCatalog read() {
    catalog_.timing.rate = options_.rate;
    catalog_.where = options_.train.value.text();
    catalog_.origin = options_.train.value.origin().text();
    const auto before = problems_.size();
    read_file(options_.train, Split::train);
    if (problems_.size() != before) return {};
    read_file(options_.validation, Split::validation);
    read_file(options_.test, Split::test);
    if (damaged_) catalog_.notes.push_back(fmt::format("{} damaged cases left out", damaged_));
    if (filled_) catalog_.notes.push_back(fmt::format("{} missing values interpolated", grouped_text(filled_)));
    if (passed_over_) catalog_.notes.push_back(fmt::format("{} cases of other labels passed over", passed_over_));
    catalog_.timing.window = options_.length ? options_.length : longest_;
    catalog_.timing.hop = std::max<std::int64_t>(1, catalog_.timing.window);
    return std::move(catalog_);
  }

 private:
  void read_file(const schema::Part& part, Split split) {
    const auto& value = part.value;
    if (value.is_null() || value.text().empty()) return;
    if (!value.is_scalar() || !is_file(value.text()))
      return void(problems_.push_back({value.origin().text(), fmt::format("there is no file '{}'", value.text())}));
    const auto file = parse_ts(read_text(value.text()), value.text(), options_.on_error == "skip");
    damaged_ += static_cast<std::int64_t>(file.damaged.size());
    if (split == Split::train) find_names(file);
    if (!file.cases.empty() && file.channels != static_cast<std::int64_t>(catalog_.channels.size()))
      return void(
          problems_.push_back({value.origin().text(), fmt::format("{} has {} channels, where {} are due", value.text(),
                                                                  file.channels, catalog_.channels.size())}));
    const auto name = fs::path(value.text()).stem().string();
    for (std::size_t i = 0; i < file.cases.size(); ++i)
      add(file.cases[i], fmt::format("{}/{}", name, i), value.text(), split);
  }

  void find_names(const TsFile& file) {
    catalog_.classes = options_.classes.empty() ? file.classes : options_.classes;
    catalog_.channels = options_.channels;
    for (std::int64_t c = 0; options_.channels.empty() && c < file.channels; ++c)
      catalog_.channels.push_back(fmt::format("c{}", c + 1));
  }

  void add(const TsCase& one, std::string id, const std::string& path, Split split) {
    const auto found = std::find(catalog_.classes.begin(), catalog_.classes.end(), one.label);
    if (found == catalog_.classes.end()) return void(++passed_over_);
    const auto channels = static_cast<std::int64_t>(catalog_.channels.size());
    SeriesRecording recording{std::vector<float>(one.values.size()), one.length};
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t row = 0; row < one.length; ++row)
        recording.values[static_cast<std::size_t>(row * channels + c)] =
            one.values[static_cast<std::size_t>(c * one.length + row)];
    const auto filled = fill_gaps(recording.values, channels);
    if (filled < 0) {
      if (options_.on_error == "skip") return void(++damaged_);
      mistake(fmt::format("{}:{}", path, one.line),
              "a channel of this case has no value at all; `on_error: skip` leaves "
              "it out");
    }
    filled_ += filled;
    if (split == Split::train) longest_ = std::max(longest_, one.length);
    SeriesWindow window;
    window.group = window.id = std::move(id);
    window.label = found - catalog_.classes.begin();
    window.recording = catalog_.recordings.size();
    add_recording(catalog_, std::move(recording), options_.memory);
    catalog_.splits[static_cast<std::size_t>(split)].push_back(std::move(window));
  }

  const Options& options_;
  std::vector<Problem>& problems_;
  std::int64_t damaged_ = 0, filled_ = 0, passed_over_ = 0, longest_ = 0;
  SeriesCatalog catalog_;
};

std::unique_ptr<Dataset> build(const Options& options, const schema::Registry&, std::vector<Problem>& problems) {
  const auto before = problems.size();
  try {
    auto catalog = Reading(options, problems).read();
    if (problems.size() == before) divide(catalog, options, true, problems);
    if (problems.size() == before) return make_series_dataset(options, std::move(catalog), problems);
  } catch (const Error& error) {
    problems.insert(problems.end(), error.problems().begin(), error.problems().end());
  }
  return nullptr;
}

void enlist(schema::Registry& registry) { registry.add<Dataset, Options>("dataset", "ucr_ts", build); }

}  // namespace espalier::datasets::ucr_ts
