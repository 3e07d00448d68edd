// Windows of sensor series in CSV files: rows are moments, columns are channels, one column says what is done.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "base/files.h"
#include "base/text.h"
#include "datasets/absent_data.h"
#include "datasets/folder.h"
#include "datasets/series_csv.h"
#include "datasets/series_dataset.h"
#include "schema/registry.h"

namespace espalier::datasets::csv_series {

namespace fs = std::filesystem;

struct Options : SeriesOptions {
  schema::Part root;
  std::vector<std::string> channels;
  std::string label = "label", subject, split_column, label_by = "majority";
  double rate = 50, purity = 0, most_missing = 0.2;
  schema::Milliseconds window{2000}, hop{1000};
  static void describe(schema::Describe<Options>& d) {
    d.about("windows of series in CSV files: a row a moment, a column a sensor, one column the label");
    d.key("root", &Options::root, "a CSV file or a folder of them, relative to the working directory").must().type =
        "path";
    d.key("channels", &Options::channels, "the sensors' columns; empty: all that begin with a number");
    d.key("label", &Options::label, "the column of the label; rows without one belong to no class");
    d.key("subject", &Options::subject, "the column of the person; empty: each file is one");
    d.key("split_column", &Options::split_column, "a column that says train, validation or test; empty: by `split:`");
    d.key("rate", &Options::rate, "of the rows").range(1e-6, 1e9).in("Hz");
    d.key("window", &Options::window, "what the network sees at once").range(1e-3, 1e9);
    d.key("hop", &Options::hop, "from window to window").range(1e-3, 1e9);
    d.key("label_by", &Options::label_by,
          "a window's label: what most of its rows say, the one in its middle, or, where any row is not `normal`, what "
          "most of those say")
        .one_of({"majority", "centre", "any"});
    d.key("purity", &Options::purity, "share of the rows that must have the window's label; others are passed over")
        .range(0, 1);
    d.key("most_missing", &Options::most_missing, "share of rows with a missing value in windows that are used")
        .range(0, 1);
    describe_series(d);
  }
};

/// Rows [begin, end) of one file, person and split.
struct Run {
  std::int64_t begin = 0, end = 0;
};

class Reading {
 public:
  Reading(const Options& options, std::vector<Problem>& problems) : options_(options), problems_(problems) {}

  SeriesCatalog read() {
    catalog_.where = options_.root.value.text();
    catalog_.origin = options_.root.value.origin().text();
    catalog_.timing.rate = options_.rate;
    catalog_.timing.window = rows_of(options_.window);
    catalog_.timing.hop = std::max<std::int64_t>(1, rows_of(options_.hop));
    if (catalog_.timing.window < 2 || catalog_.timing.window > ESPALIER_SERIES_MOST_WINDOW) {
      problem(catalog_.origin, fmt::format("a window of {} rows; 2 to {} are possible: mind window and rate",
                                           catalog_.timing.window, ESPALIER_SERIES_MOST_WINDOW));
      return {};
    }
    const auto files = find_files();
    if (files.empty()) return {};
    for (const auto& file : files) try_file(file);
    name_classes();
    note(damaged_files_, "damaged files left out");
    note(damaged_, "fields that are no numbers taken as missing");
    note(filled_, "missing values interpolated");
    note(passed_over_, "windows of no class, of mixed labels or with too much missing passed over");
    return std::move(catalog_);
  }

 private:
  std::int64_t rows_of(schema::Milliseconds time) const {
    const double rows = std::round(time.value * options_.rate / 1000);
    return static_cast<std::int64_t>(std::min(rows, 1e9));
  }

  std::vector<fs::path> find_files() {
    const fs::path root = options_.root.value.text();
    std::vector<fs::path> files;
    if (is_file(root)) files.push_back(root);
    if (is_folder(root)) files = files_below(root);
    std::erase_if(files,
                  [&](const fs::path& file) { return file != root && lower(file.extension().string()) != ".csv"; });
    if (files.empty()) problem(catalog_.origin, no_data("there is no CSV file or folder of such at", root));
    return files;
  }

  void try_file(const fs::path& file) {
    try {
      add_file(file);
    } catch (const Error& error) {
      if (options_.on_error != "skip" || catalog_.bytes > options_.memory.count) throw;
      ++damaged_files_;
    }
  }

  void add_file(const fs::path& file) {
    SeriesColumns columns{catalog_.channels.empty() ? options_.channels : catalog_.channels, options_.label,
                          options_.subject, options_.split_column};
    const auto root = fs::path(options_.root.value.text());
    if (file != root && is_link_out(file, root))
      mistake(file.string(), fmt::format("is a link that leads out of '{}'", root.string()));
    auto csv = parse_series_csv(read_text(file), file.string(), columns, options_.on_error == "skip");
    if (catalog_.channels.empty()) catalog_.channels = csv.channels;
    damaged_ += csv.damaged;
    const auto name = (is_folder(root) ? file.lexically_relative(root) : file.filename()).generic_string();
    Run run;
    while (run.end < csv.rows) {
      run.begin = run.end++;
      while (run.end < csv.rows && same(csv.subject, run) && same(csv.split, run)) ++run.end;
      add_run(csv, run, name, file.string());
    }
  }

  static bool same(const WordColumn& words, const Run& run) {
    return words.rows.empty() ||
           words.rows[static_cast<std::size_t>(run.end)] == words.rows[static_cast<std::size_t>(run.begin)];
  }

  void add_run(const SeriesCsv& csv, const Run& run, const std::string& name, const std::string& file) {
    const auto channels = csv.channels.size();
    SeriesRecording recording;
    recording.rows = run.end - run.begin;
    recording.values.assign(csv.values.begin() + run.begin * static_cast<std::ptrdiff_t>(channels),
                            csv.values.begin() + run.end * static_cast<std::ptrdiff_t>(channels));
    std::vector<std::uint8_t> missing(static_cast<std::size_t>(recording.rows));
    for (std::size_t i = 0; i < recording.values.size(); ++i)
      if (std::isnan(recording.values[i])) missing[i / channels] = 1;
    const auto filled = fill_gaps(recording.values, static_cast<std::int64_t>(channels));
    Split split = Split::train;
    if (!csv.split.rows.empty() && !read_split(csv.split.at(run.begin), split))
      mistake(file, fmt::format("'{}' in column '{}' is no split; say train, validation or test",
                                csv.split.at(run.begin), options_.split_column));
    const auto windows = recording.rows < catalog_.timing.window
                             ? 0
                             : (recording.rows - catalog_.timing.window) / catalog_.timing.hop + 1;
    if (filled < 0) return void(passed_over_ += windows);
    filled_ += filled;
    const auto index = catalog_.recordings.size();
    add_recording(catalog_, std::move(recording), options_.memory);
    for (std::int64_t i = 0; i < windows; ++i) {
      SeriesWindow window;
      window.begin = i * catalog_.timing.hop;
      window.recording = index;
      window.id = fmt::format("{}@{}", name, run.begin + window.begin);
      window.group = csv.subject.rows.empty() ? name : csv.subject.at(run.begin);
      add_window(csv, run.begin + window.begin, missing, std::move(window), split);
    }
  }

  void add_window(const SeriesCsv& csv, std::int64_t first, const std::vector<std::uint8_t>& missing,
                  SeriesWindow window, Split split) {
    const auto begin = missing.begin() + window.begin;
    const auto gaps = std::count(begin, begin + catalog_.timing.window, 1);
    const auto label = label_of(csv, first);
    if (label.empty() ||
        static_cast<double>(gaps) > options_.most_missing * static_cast<double>(catalog_.timing.window))
      return void(++passed_over_);
    labels_.insert(label);
    labelled_[static_cast<std::size_t>(split)].emplace_back(label, std::move(window));
  }

  /// Empty where there is none that is pure enough.
  std::string label_of(const SeriesCsv& csv, std::int64_t first) const {
    std::vector<std::int64_t> counts(csv.label.words.size());
    for (std::int64_t row = first; row < first + catalog_.timing.window; ++row)
      ++counts[static_cast<std::size_t>(csv.label.rows[static_cast<std::size_t>(row)])];
    if (options_.label_by == "any") return most_of_others(csv.label.words, counts);
    const auto most = std::max_element(counts.begin(), counts.end()) - counts.begin();
    const auto chosen = options_.label_by == "majority"
                            ? most
                            : csv.label.rows[static_cast<std::size_t>(first + catalog_.timing.window / 2)];
    const auto share =
        static_cast<double>(counts[static_cast<std::size_t>(chosen)]) / static_cast<double>(catalog_.timing.window);
    return share >= options_.purity ? csv.label.words[static_cast<std::size_t>(chosen)] : "";
  }

  /// The label that most rows have which are not normal; `normal` where all are. Rows without one count as normal.
  std::string most_of_others(const std::vector<std::string>& words, std::vector<std::int64_t> counts) const {
    for (std::size_t i = 0; i < words.size(); ++i)
      if (words[i].empty() || words[i] == options_.normal) counts[i] = 0;
    const auto most = std::max_element(counts.begin(), counts.end());
    return *most > 0 ? words[static_cast<std::size_t>(most - counts.begin())] : options_.normal;
  }

  void name_classes() {
    catalog_.classes = options_.classes;
    if (catalog_.classes.empty()) catalog_.classes.assign(labels_.begin(), labels_.end());
    for (std::size_t split = 0; split < labelled_.size(); ++split)
      for (auto& [label, window] : labelled_[split]) {
        const auto found = std::find(catalog_.classes.begin(), catalog_.classes.end(), label);
        window.label = found - catalog_.classes.begin();
        if (found == catalog_.classes.end())
          ++passed_over_;
        else
          catalog_.splits[split].push_back(std::move(window));
      }
  }

  void note(std::int64_t count, const char* what) {
    if (count) catalog_.notes.push_back(fmt::format("{} {}", grouped_text(count), what));
  }
  void problem(std::string origin, std::string text) { problems_.push_back({std::move(origin), std::move(text)}); }

  const Options& options_;
  std::vector<Problem>& problems_;
  std::int64_t damaged_files_ = 0, damaged_ = 0, filled_ = 0, passed_over_ = 0;
  std::set<std::string> labels_;
  std::array<std::vector<std::pair<std::string, SeriesWindow>>, 3> labelled_;
  SeriesCatalog catalog_;
};

std::unique_ptr<Dataset> build(const Options& options, const schema::Registry&, std::vector<Problem>& problems) {
  const auto before = problems.size();
  if (options.label_by == "any" && options.normal.empty())
    problems.push_back(
        {options.root.value.origin().text(), "label_by: any needs `normal:`, the label of rows without anomaly"});
  try {
    auto catalog = Reading(options, problems).read();
    if (problems.size() == before && options.split_column.empty()) divide(catalog, options, false, problems);
    if (problems.size() == before) return make_series_dataset(options, std::move(catalog), problems);
  } catch (const Error& error) {
    problems.insert(problems.end(), error.problems().begin(), error.problems().end());
  }
  return nullptr;
}

void enlist(schema::Registry& registry) { registry.add<Dataset, Options>("dataset", "csv_series", build); }

}  // namespace espalier::datasets::csv_series
