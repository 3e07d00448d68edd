// Pictures in folders: root/train/CLASS/…, root/validation/CLASS/…, root/test/CLASS/…, or root/CLASS/… alone, which is
// split by the hash of the files' names.
#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "base/random.h"
#include "base/text.h"
#include "datasets/absent_data.h"
#include "datasets/folder.h"
#include "datasets/image_dataset.h"
#include "schema/registry.h"

namespace espalier::datasets::image_folder {

namespace fs = std::filesystem;

struct Options : PictureOptions {
  schema::Part root, classes;
  double validation = 0.1, test = 0.1;
  static void describe(schema::Describe<Options>& d) {
    d.about("pictures in a folder a class, what OpenCV decodes");
    d.key("root", &Options::root, "the folder, relative to the working directory").must().type = "path";
    d.key("classes", &Options::classes, "folders that are classes, in this order; by default all, sorted").type =
        "list of words";
    d.key("validation", &Options::validation, "share of a class that validates, where no folder says so")
        .range(0.001, 0.5);
    d.key("test", &Options::test, "share of a class that tests, where no folder says so").range(0.001, 0.5);
    describe_pictures(d);
  }
};

/// Names that people give to the three parts.
const std::array<std::vector<std::string>, 3> split_names = {
    {{"train", "training"}, {"validation", "val", "valid"}, {"test", "testing"}}};

class Reading {
 public:
  Reading(const Options& options, bool skip, std::vector<Problem>& problems)
      : options_(options), skip_(skip), problems_(problems), root_(options.root.value.text()) {}

  PictureCatalog read() {
    catalog_.where = root_.string();
    catalog_.origin = options_.root.value.origin().text();
    std::error_code failure;
    if (!options_.root.value.is_scalar() || !fs::is_directory(root_, failure)) {
      problem(no_folder(root_));
      return {};
    }
    find_splits();
    if (!name_classes()) return {};
    for (std::size_t label = 0; label < catalog_.classes.size(); ++label) add_class(static_cast<std::int64_t>(label));
    if (by_hash_) catalog_.notes.push_back("split by the hash of the files' names");
    if (!by_hash_ && catalog_.splits[1].empty()) split_off_validation(catalog_, options_.validation);
    outside_.tell(catalog_);
    return std::move(catalog_);
  }

 private:
  void find_splits() {
    std::error_code failure;
    for (std::size_t split = 0; split < split_names.size(); ++split)
      for (const auto& name : split_names[split])
        if (folders_[split].empty() && fs::is_directory(root_ / name, failure)) folders_[split] = root_ / name;
    by_hash_ = folders_[0].empty() || folders_[2].empty();
    if (by_hash_) folders_ = {root_, {}, {}};
  }

  std::vector<std::string> folders_in(const fs::path& folder) const {
    std::set<std::string> names;
    for (const auto& entry : entries_of(folder))
      if (const auto name = entry.filename().string(); is_folder(entry) && name[0] != '.') names.insert(name);
    return {names.begin(), names.end()};
  }

  bool name_classes() {
    const auto found = folders_in(folders_[0]);
    const auto& value = options_.classes.value;
    if (!value.is_list()) return catalog_.classes = found, true;
    const auto before = problems_.size();
    for (const auto& item : value.items()) {
      if (!std::binary_search(found.begin(), found.end(), item.text()))
        problems_.push_back(
            {item.origin().text(), fmt::format("'{}' has no folder for the class '{}'{}", folders_[0].string(),
                                               item.text(), did_you_mean(item.text(), found))});
      catalog_.classes.push_back(item.text());
    }
    return problems_.size() == before;
  }

  void add_class(std::int64_t label) {
    const auto& name = catalog_.classes[static_cast<std::size_t>(label)];
    for (std::size_t split = 0; split < folders_.size(); ++split) {
      std::error_code failure;
      if (folders_[split].empty() || !fs::is_directory(folders_[split] / name, failure)) continue;
      for (const auto& file : files_of(folders_[split] / name)) {
        const auto id = fs::path(file).lexically_relative(root_).generic_string();
        const auto place = by_hash_ ? split_of(id) : split;
        catalog_.splits[place].push_back({id, label, file, -1});
      }
    }
  }

  /// Sub-folders included. A link that leads out of the root is no part of the data.
  std::vector<fs::path> files_of(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& file : files_below(folder)) {
      if (file.filename().string()[0] == '.' || !is_image_name(file) || is_folder(file)) continue;
      if (!leads_out(file)) files.push_back(file);
    }
    return files;
  }

  bool leads_out(const fs::path& link) {
    const bool out = is_link_out(link, root_);
    if (out && !skip_)
      problem(fmt::format("'{}' is a link that leads out of '{}'; `on_error: skip` leaves it out", link.string(),
                          root_.string()));
    if (out) outside_.add(link.string());
    return out;
  }

  std::size_t split_of(const std::string& id) const {
    constexpr double range = 1u << 24;
    const double place = static_cast<double>(stable_hash(id) >> 40) / range;
    if (place < options_.validation) return 1;
    return place < options_.validation + options_.test ? 2 : 0;
  }

  void problem(std::string text) { problems_.push_back({catalog_.origin, std::move(text)}); }

  const Options& options_;
  bool skip_, by_hash_ = false;
  std::vector<Problem>& problems_;
  fs::path root_;
  std::array<fs::path, 3> folders_;
  PictureCatalog catalog_;
  LeftOut outside_{"links that lead out of the folder"};
};

void enlist(schema::Registry& registry) {
  registry.add<Dataset, Options>("dataset", "image_folder", read_pictures<Reading, Options>);
}

}  // namespace espalier::datasets::image_folder
