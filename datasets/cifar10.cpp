// CIFAR-10 in its binary version (Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images"):
// data_batch_*.bin, or train*.bin, for training, test_batch.bin, or test*.bin, for testing.
#include <fmt/core.h>

#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "datasets/absent_data.h"
#include "datasets/cifar10_records.h"
#include "datasets/folder.h"
#include "datasets/image_dataset.h"
#include "schema/registry.h"

namespace espalier::datasets::cifar10 {

namespace fs = std::filesystem;

struct Options : PictureOptions {
  schema::Part root;
  double validation = 0.1;
  static void describe(schema::Describe<Options>& d) {
    d.about("the binary version of CIFAR-10", "Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images");
    d.key("root", &Options::root, "the folder of data_batch_1.bin, …, test_batch.bin").must().type = "path";
    d.key("validation", &Options::validation, "share of the training pictures that are kept for validation")
        .range(0.001, 0.9);
    describe_pictures(d);
  }
};

class Reading {
 public:
  Reading(const Options& options, bool skip, std::vector<Problem>& problems)
      : options_(options), skip_(skip), problems_(problems), root_(options.root.value.text()) {}

  PictureCatalog read() {
    catalog_.where = root_.string();
    catalog_.origin = options_.root.value.origin().text();
    catalog_.classes = {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
    packed_.width = packed_.height = cifar_side;
    packed_.channels = cifar_channels;
    try {
      find_files();
      for (const auto& file : train_) add(file, Split::train);
      for (const auto& file : test_) add(file, Split::test);
    } catch (const Error& error) {
      problems_.insert(problems_.end(), error.problems().begin(), error.problems().end());
      return {};
    }
    catalog_.packed = std::make_shared<const PackedPictures>(std::move(packed_));
    split_off_validation(catalog_, options_.validation);
    left_out_.tell(catalog_);
    return std::move(catalog_);
  }

 private:
  void find_files() {
    std::error_code failure;
    if (!fs::is_directory(root_, failure)) mistake(catalog_.origin, no_folder(root_, "cifar10"));
    for (const auto& entry : entries_of(root_)) {
      const auto name = entry.filename().string();
      if (!ends_with(name, ".bin")) continue;
      if (starts_with(name, "data_batch") || starts_with(name, "train")) train_.push_back(entry);
      if (starts_with(name, "test")) test_.push_back(entry);
    }
    if (train_.empty() || test_.empty())
      mistake(catalog_.origin, fmt::format("'{}' has no {}", root_.string(),
                                           train_.empty() ? "data_batch_*.bin (or train*.bin)" : "test*.bin"));
  }

  void add(const fs::path& file, Split split) {
    const auto records = parse_cifar10(read_bytes(file), file.string());
    auto place = static_cast<std::int64_t>(packed_.pixels.size()) / packed_.bytes_each();
    packed_.pixels.insert(packed_.pixels.end(), records.pixels.begin(), records.pixels.end());
    for (std::size_t i = 0; i < records.labels.size(); ++i, ++place) {
      const std::int64_t label = records.labels[i];
      const auto id = fmt::format("{}/{}", file.stem().string(), i);
      if (label < static_cast<std::int64_t>(catalog_.classes.size()))
        catalog_.splits[static_cast<std::size_t>(split)].push_back({id, label, {}, place});
      else
        out_of_range(file, i, label);
    }
  }

  void out_of_range(const fs::path& file, std::size_t record, std::int64_t label) {
    const auto text = fmt::format("record {} has label {}; CIFAR-10 has 0 to 9", record, label);
    if (!skip_) mistake(file.string(), text + "; `on_error: skip` leaves such out");
    left_out_.add(file.string() + ": " + text);
  }

  const Options& options_;
  bool skip_;
  std::vector<Problem>& problems_;
  fs::path root_;
  std::vector<fs::path> train_, test_;
  PictureCatalog catalog_;
  PackedPictures packed_;
  LeftOut left_out_{"with labels out of range"};
};

void enlist(schema::Registry& registry) {
  registry.add<Dataset, Options>("dataset", "cifar10", read_pictures<Reading, Options>);
}

}  // namespace espalier::datasets::cifar10
