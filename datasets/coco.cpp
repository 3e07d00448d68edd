// COCO's layout (Lin et al. 2014): a JSON file of boxes and a folder of pictures for each split.
#include <fmt/core.h>

#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "datasets/coco_annotations.h"
#include "datasets/detection_dataset.h"
#include "datasets/folder.h"
#include "datasets/image_file.h"
#include "schema/registry.h"

namespace espalier::datasets::coco {

namespace fs = std::filesystem;

struct Options : DetectionOptions {
  std::string train = "annotations/instances_train2017.json", validation, test = "annotations/instances_val2017.json";
  std::string train_images = "train2017", validation_images, test_images = "val2017";
  static void describe(schema::Describe<Options>& d) {
    d.about("pictures with boxes in COCO's layout", "Lin et al. 2014, arXiv:1405.0312");
    d.key("train", &Options::train, "JSON file of the training boxes, below the root");
    d.key("validation", &Options::validation, "of the validation boxes; empty: a share of the training pictures");
    d.key("test", &Options::test, "of the test boxes");
    d.key("train_images", &Options::train_images, "folder of their pictures, below the root");
    d.key("validation_images", &Options::validation_images, "folder of the validation pictures");
    d.key("test_images", &Options::test_images, "folder of the test pictures");
    describe_detection(d);
  }
};

class Reading {
 public:
  Reading(const Options& options, std::vector<Problem>& problems)
      : options_(options), problems_(problems), root_(options.root.value.text()), catalog_(empty_catalog(options)) {}

  DetectionCatalog read() {
    add(options_.train, options_.train_images, Split::train);
    if (!options_.validation.empty()) add(options_.validation, options_.validation_images, Split::validation);
    add(options_.test, options_.test_images, Split::test);
    if (strays_ > 0) catalog_.notes.push_back(fmt::format("{} boxes of no picture or category left out", strays_));
    return std::move(catalog_);
  }

 private:
  void add(const std::string& json, const std::string& folder, Split split) {
    const auto file = root_ / json;
    if (!is_file(file))
      return void(problems_.push_back({catalog_.origin, fmt::format("there is no file '{}'", file.string())}));
    const auto found = parse_coco(read_text(file), file.string());
    strays_ += found.strays;
    if (options_.classes.empty() && catalog_.classes.empty()) name_classes(found.categories);
    catalog_.known_classes.insert(catalog_.known_classes.end(), found.categories.begin(), found.categories.end());
    std::vector<std::int64_t> labels;
    for (const auto& name : found.categories) {
      const auto known = std::find(catalog_.classes.begin(), catalog_.classes.end(), name);
      labels.push_back(known == catalog_.classes.end() ? -1 : known - catalog_.classes.begin());
    }
    for (const auto& picture : found.pictures) add(picture, root_ / folder, labels, file.string(), split);
  }

  /// Categories of one name are one class.
  void name_classes(const std::vector<std::string>& categories) {
    auto& classes = catalog_.classes;
    for (const auto& name : categories)
      if (std::find(classes.begin(), classes.end(), name) == classes.end()) classes.push_back(name);
  }

  void add(const CocoPicture& picture, const fs::path& folder, const std::vector<std::int64_t>& labels,
           const std::string& origin, Split split) {
    const fs::path name(picture.file_name);
    const bool leads_out = name.is_absolute() || std::find(name.begin(), name.end(), "..") != name.end();
    if (leads_out || picture.file_name.find('\0') != std::string::npos)
      return void(
          problems_.push_back({origin, fmt::format("'{}' leads out of the pictures' folder", picture.file_name)}));
    DetectionPicture made{picture.file_name, folder / name, picture.width, picture.height, {}};
    for (const auto& box : picture.boxes) {
      const auto label = labels[static_cast<std::size_t>(box.category)];
      if (label < 0) {
        ++catalog_.other_boxes;
        continue;
      }
      made.boxes.push_back({static_cast<float>(box.left), static_cast<float>(box.top),
                            static_cast<float>(box.left + box.width), static_cast<float>(box.top + box.height), label,
                            box.crowd});
    }
    catalog_.splits[static_cast<std::size_t>(split)].push_back(std::move(made));
  }

  const Options& options_;
  std::vector<Problem>& problems_;
  fs::path root_;
  std::int64_t strays_ = 0;
  DetectionCatalog catalog_;
};

void enlist(schema::Registry& registry) {
  registry.add<Dataset, Options>("dataset", "coco", read_detection<Reading, Options>);
}

}  // namespace espalier::datasets::coco
