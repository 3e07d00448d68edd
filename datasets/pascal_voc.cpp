// Pascal VOC's layout (Everingham et al. 2010), which most tools that draw boxes write: JPEGImages, Annotations of the
// same names in XML, and lists of names in ImageSets or ImageSets/Main.
#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "base/files.h"
#include "base/text.h"
#include "datasets/detection_dataset.h"
#include "datasets/folder.h"
#include "datasets/image_file.h"
#include "datasets/voc_annotation.h"
#include "schema/registry.h"

namespace espalier::datasets::pascal_voc {

namespace fs = std::filesystem;

struct Options : DetectionOptions {
  std::string train = "train", validation, test = "val";
  static void describe(schema::Describe<Options>& d) {
    d.about("pictures with boxes in Pascal VOC's layout", "Everingham et al. 2010, IJCV 88");
    d.key("train", &Options::train, "list of training pictures: ImageSets/Main/<name>.txt or ImageSets/<name>.txt");
    d.key("validation", &Options::validation, "list of validation pictures; empty: a share of the training pictures");
    d.key("test", &Options::test, "list of test pictures");
    describe_detection(d);
  }
};

/// Reads the lists and the annotations; Problems name files and lines.
class Reading {
 public:
  Reading(const Options& options, std::vector<Problem>& problems)
      : options_(options),
        problems_(problems),
        root_(options.root.value.text()),
        catalog_(empty_catalog(options, "Annotations")) {}

  DetectionCatalog read() {
    read_list(options_.train, Split::train);
    if (!options_.validation.empty()) read_list(options_.validation, Split::validation);
    read_list(options_.test, Split::test);
    if (missing_ > 0)
      problems_.push_back(
          {catalog_.origin, fmt::format("{} listed pictures or annotations are missing or damaged, {} for "
                                        "one; repair them, or say `on_error: skip`",
                                        missing_, first_missing_)});
    if (options_.classes.empty()) name_classes();
    catalog_.known_classes = names_;
    label_boxes();
    return std::move(catalog_);
  }

 private:
  void read_list(const std::string& name, Split split) {
    auto file = root_ / "ImageSets" / "Main" / (name + ".txt");
    if (!is_file(file)) file = root_ / "ImageSets" / (name + ".txt");
    if (!is_plain_name(name) || !is_file(file))
      return void(problems_.push_back({catalog_.origin, fmt::format("there is no list ImageSets/{}.txt", name)}));
    const auto text = read_text(file);
    for (const auto& line : espalier::split(without_byte_order_mark(text), '\n')) {
      const auto words = trim(line);
      if (words.empty()) continue;
      const auto id = words.substr(0, words.find_first_of(" \t"));
      if (!is_plain_name(id))
        problems_.push_back({file.string(), fmt::format("'{}' is no name of a picture", id)});
      else if (!seen_.insert(id).second)
        problems_.push_back({file.string(), fmt::format("'{}' is listed twice", id)});
      else
        add(id, split);
    }
  }

  /// Names become files: they must not lead out of the folder.
  static bool is_plain_name(const std::string& name) {
    return !name.empty() && name[0] != '.' && name.find_first_of("/\\") == std::string::npos &&
           name.find('\0') == std::string::npos;
  }

  void add(const std::string& id, Split split) {
    try {
      const auto file = root_ / "Annotations" / (id + ".xml");
      if (!is_file(file)) return miss(file.string() + " (there is no such file)");
      if (is_link_out(file, root_)) return miss(file.string() + " (a link that leads out of the folder)");
      const auto annotation = parse_voc(read_text(file), file.string());
      const auto picture = picture_of(id, annotation.file_name);
      if (picture.empty()) return miss((root_ / "JPEGImages" / id).string() + " (there is no such picture)");
      catalog_.splits[static_cast<std::size_t>(split)].push_back(
          {id, picture, annotation.width, annotation.height, boxes_of(annotation)});
    } catch (const Error& error) {
      miss(fmt::format("{} ({})", error.problems().front().origin, error.problems().front().text));
    }
  }

  void miss(const std::string& file) {
    if (options_.on_error == "skip") return void(++catalog_.skipped_files);
    if (missing_++ == 0) first_missing_ = file;
  }

  /// By the annotation's own name, else by its file_name's.
  fs::path picture_of(const std::string& id, const std::string& file_name) const {
    const auto folder = root_ / "JPEGImages";
    for (const char* ending : {".jpg", ".jpeg", ".png", ".JPG", ".bmp"})
      if (is_file(folder / (id + ending))) return folder / (id + ending);
    if (is_plain_name(file_name) && is_image_name(file_name) && is_file(folder / file_name)) return folder / file_name;
    return {};
  }

  /// Labels are indices into names_ until the classes are known.
  std::vector<Box> boxes_of(const VocAnnotation& annotation) {
    std::vector<Box> boxes;
    for (const auto& object : annotation.objects) {
      const auto found = std::find(names_.begin(), names_.end(), object.name);
      const auto label = found - names_.begin();
      if (found == names_.end()) names_.push_back(object.name);
      boxes.push_back({static_cast<float>(object.left), static_cast<float>(object.top),
                       static_cast<float>(object.right), static_cast<float>(object.bottom), label, object.difficult});
    }
    return boxes;
  }

  void name_classes() {
    catalog_.classes = names_;
    std::sort(catalog_.classes.begin(), catalog_.classes.end());
  }

  void label_boxes() {
    std::vector<std::int64_t> labels;
    for (const auto& name : names_) {
      const auto found = std::find(catalog_.classes.begin(), catalog_.classes.end(), name);
      labels.push_back(found == catalog_.classes.end() ? -1 : found - catalog_.classes.begin());
    }
    for (auto& pictures : catalog_.splits)
      for (auto& picture : pictures) {
        for (auto& box : picture.boxes) box.label = labels[static_cast<std::size_t>(box.label)];
        catalog_.other_boxes +=
            static_cast<std::int64_t>(std::erase_if(picture.boxes, [](const Box& box) { return box.label < 0; }));
      }
  }

  const Options& options_;
  std::vector<Problem>& problems_;
  fs::path root_;
  std::set<std::string> seen_;
  std::vector<std::string> names_;
  std::int64_t missing_ = 0;
  std::string first_missing_;
  DetectionCatalog catalog_;
};

void enlist(schema::Registry& registry) {
  registry.add<Dataset, Options>("dataset", "pascal_voc", read_detection<Reading, Options>);
}

}  // namespace espalier::datasets::pascal_voc
