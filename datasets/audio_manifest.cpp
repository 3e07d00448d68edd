// People's own recordings: a CSV file with the columns path, label and, where the splits are to be told, split.
#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "base/files.h"
#include "base/text.h"
#include "datasets/absent_data.h"
#include "datasets/clip_dataset.h"
#include "datasets/csv.h"
#include "datasets/folder.h"
#include "datasets/grouped_split.h"
#include "datasets/speech_splits.h"
#include "schema/registry.h"

namespace espalier::datasets::audio_manifest {

namespace fs = std::filesystem;

struct Options : ClipOptions {
  schema::Part manifest, noise;
  std::vector<std::string> classes;
  bool allow_outside = false;
  static void describe(schema::Describe<Options>& d) {
    d.about("recordings listed in a CSV file: path,label,split");
    d.key("manifest", &Options::manifest, "the CSV file, relative to the working directory").must().type = "path";
    d.key("classes", &Options::classes, "labels in the order of the outputs; empty: all of them, sorted");
    d.key("background_noise", &Options::noise, "folder of recordings to mix in, relative to the working directory")
        .type = "path";
    d.key("allow_outside", &Options::allow_outside, "accept paths that lead out of the manifest's folder");
    describe_clips(d);
  }
};

/// Reads one manifest; Problems name its lines.
class Reading {
 public:
  Reading(const Options& options, const ClipSettings& settings, std::vector<Problem>& problems)
      : options_(options), settings_(settings), problems_(problems), file_(options.manifest.value.text()) {}

  Catalog read() {
    catalog_.where = file_.string();
    catalog_.origin = options_.manifest.value.origin().text();
    if (!options_.manifest.value.is_scalar() || !is_file(file_)) {
      problem(
          catalog_.origin,
          fmt::format("there is no manifest '{}'; it is a CSV file with the columns path,label,split", file_.string()));
      return {};
    }
    const auto rows = parse_csv(read_text(file_), file_.string());
    if (rows.empty() || !find_columns(rows[0]))
      return rows.empty() ? (problem(file_.string(), "is empty"), Catalog{}) : Catalog{};
    find_classes(rows);
    for (std::size_t i = 1; i < rows.size(); ++i) add(rows[i]);
    if (split_column_ < 0) catalog_.notes.push_back("split by the hash of the paths (no split column)");
    if (passed_over_) catalog_.notes.push_back(fmt::format("{} rows of other labels passed over", passed_over_));
    read_noise();
    thin_out(catalog_, options_);
    return std::move(catalog_);
  }

 private:
  bool find_columns(const CsvRow& header) {
    for (std::size_t i = 0; i < header.fields.size(); ++i) {
      const auto name = lower(trim(header.fields[i]));
      int* const column = name == "path"    ? &path_column_
                          : name == "label" ? &label_column_
                          : name == "split" ? &split_column_
                                            : nullptr;
      if (column && *column >= 0) return problem(line(header), fmt::format("the header names '{}' twice", name));
      if (column) *column = static_cast<int>(i);
    }
    if (path_column_ >= 0 && label_column_ >= 0) return true;
    return problem(line(header),
                   fmt::format("the header must name the columns path and label, and may name split; it says '{}'",
                               join(header.fields, ",")));
  }

  void find_classes(const std::vector<CsvRow>& rows) {
    catalog_.classes = options_.classes;
    if (!catalog_.classes.empty()) return;
    std::set<std::string> labels;
    for (std::size_t i = 1; i < rows.size(); ++i)
      if (auto label = trim(field(rows[i], label_column_)); !label.empty()) labels.insert(std::move(label));
    catalog_.classes.assign(labels.begin(), labels.end());
  }

  void add(const CsvRow& row) {
    const auto path = trim(field(row, path_column_)), label = trim(field(row, label_column_));
    if (path.empty() || label.empty()) return void(problem(line(row), "needs both a path and a label"));
    const auto found = std::find(catalog_.classes.begin(), catalog_.classes.end(), label);
    if (found == catalog_.classes.end()) return void(++passed_over_);
    if (!seen_.insert(path).second) return void(problem(line(row), fmt::format("names '{}' a second time", path)));
    Split split = split_by_hash(path);
    if (split_column_ >= 0 && !read_split(field(row, split_column_), split))
      return void(problem(line(row),
                          fmt::format("'{}' is no split; say train, validation or test", field(row, split_column_))));
    const auto file = file_.parent_path() / path;
    if (!options_.allow_outside && leads_out(file))
      return void(problem(
          line(row),
          fmt::format("'{}' leads out of the manifest's folder; move it there, or say `allow_outside: true`", path)));
    catalog_.splits[static_cast<std::size_t>(split)].push_back({path, file, found - catalog_.classes.begin()});
  }

  /// With links followed: a link that points elsewhere leads out, too.
  bool leads_out(const fs::path& file) const {
    std::error_code failure;
    const auto folder = fs::weakly_canonical(fs::absolute(file_).parent_path(), failure);
    if (failure) return true;
    const auto inside = fs::weakly_canonical(fs::absolute(file), failure).lexically_relative(folder);
    return failure || inside.empty() || *inside.begin() == "..";
  }

  void read_noise() {
    const auto& value = options_.noise.value;
    if (value.is_null() || value.text().empty()) return;
    if (!is_folder(value.text())) return void(problem(value.origin().text(), no_folder(value.text())));
    catalog_.noise = NoiseBank(value.text(), settings_.wanted, settings_.front_end.samples(), settings_.skip);
  }

  static const std::string& field(const CsvRow& row, int column) {
    return row.fields[static_cast<std::size_t>(column)];
  }
  std::string line(const CsvRow& row) const { return fmt::format("{}:{}", file_.string(), row.line); }
  bool problem(std::string origin, std::string text) {
    return problems_.push_back({std::move(origin), std::move(text)}), false;
  }

  const Options& options_;
  const ClipSettings& settings_;
  std::vector<Problem>& problems_;
  fs::path file_;
  int path_column_ = -1, label_column_ = -1, split_column_ = -1;
  std::int64_t passed_over_ = 0;
  std::set<std::string> seen_;
  Catalog catalog_;
};

std::unique_ptr<Dataset> build(const Options& options, const schema::Registry&, std::vector<Problem>& problems) {
  const auto before = problems.size();
  try {
    auto settings = read_clip_settings(options, problems);
    if (!settings) return nullptr;
    auto catalog = Reading(options, *settings, problems).read();
    if (problems.size() == before) return make_clip_dataset(std::move(*settings), std::move(catalog), problems);
  } catch (const Error& error) {  // of the CSV or the noise: reported with the rest of the recipe's problems
    problems.insert(problems.end(), error.problems().begin(), error.problems().end());
  }
  return nullptr;
}

void enlist(schema::Registry& registry) { registry.add<Dataset, Options>("dataset", "audio_manifest", build); }

}  // namespace espalier::datasets::audio_manifest
