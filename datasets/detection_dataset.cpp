#include "datasets/detection_dataset.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "base/text.h"
#include "datasets/absent_data.h"
#include "datasets/folder.h"
#include "datasets/image_file.h"
#include "datasets/raw_picture.h"
#include "datasets/slot_cache.h"
#include "datasets/speech_splits.h"

namespace espalier::datasets {
namespace {

constexpr std::int64_t most_cached_bytes = std::int64_t{512} << 20, most_problems = 5;

class DetectionDataset final : public Dataset {
 public:
  DetectionDataset(ImageFrontEnd front_end, DetectionAugment augment, bool augments, std::uint64_t seed,
                   DetectionCatalog catalog)
      : front_end_(std::move(front_end)),
        augment_(std::move(augment)),
        augments_(augments),
        seed_(seed),
        catalog_(std::move(catalog)),
        train_(catalog_.splits[0].size(), most_cached_bytes) {}

  const std::vector<std::int64_t>& shape() const override { return front_end_.shape(); }
  const std::vector<std::string>& classes() const override { return catalog_.classes; }
  std::int64_t size(Split split) const override { return static_cast<std::int64_t>(pictures(split).size()); }
  /// Pictures are of no class.
  std::int64_t label(Split, std::int64_t) const override { return 0; }
  std::vector<std::int64_t> classes_of(Split split, std::int64_t index) const override {
    std::set<std::int64_t> found;
    for (const auto& box : picture(split, index).boxes)
      if (!box.ignored) found.insert(box.label);
    return {found.begin(), found.end()};
  }
  std::int64_t views() const override { return augments_ ? augment_.views() : 1; }
  std::string id(Split split, std::int64_t index) const override { return picture(split, index).id; }
  Json front_end() const override { return front_end_.json(); }
  std::vector<float> features_of_file(const std::string& path) const override {
    return features_of_image_file(front_end_, path);
  }

  Target target(Split split, std::int64_t index) const override {
    const auto& one = picture(split, index);
    return with_boxes(boxes_in(one.boxes, placement_of(one), 0));
  }

  void features(Split split, std::int64_t index, View view, std::span<float> out) const override {
    sample(split, index, view, out);
  }

  std::optional<RawForm> raw_form() const override {
    const auto& one = picture(Split::train, 0);
    return RawForm{Matter::image, one.height, one.width, front_end_.shape()[0]};
  }

  RawSample raw(Split split, std::int64_t index) const override { return raw_of(decoded(picture(split, index))); }

  Target moved_target(Split split, std::int64_t index, const Displacement& moved) const override {
    const auto& one = picture(split, index);
    const Placement shift{
        0,         0,         one.width, one.height, moved.pixels_right(one.width), moved.pixels_down(one.height),
        one.width, one.height};
    const auto boxes = placed(one.boxes, shift, one.width, one.height, augment_.least_visible());
    return with_boxes(boxes_in(boxes, placement_of(one), 0));
  }

  void features_of_raw(const RawSample& sample, std::span<float> out) const override {
    front_end_.compute(picture_of(sample), out);
  }

  Target sample(Split split, std::int64_t index, View view, std::span<float> out) const override {
    const auto& one = picture(split, index);
    std::vector<std::uint8_t> spare;
    const Image image{one.width, one.height, front_end_.shape()[0], pixels_of(split, index, spare)};
    if (!view.augmented || !augments_) {
      front_end_.compute(image, out);
      return with_boxes(boxes_in(one.boxes, placement_of(one), 0));
    }
    const auto epoch = augment_.views() > 0 ? view.epoch % static_cast<std::uint64_t>(augment_.views()) : view.epoch;
    const ImageDraw draw{seed_, epoch, static_cast<std::uint64_t>(index)};
    const auto part = augment_.part(whole_of(one), draw);
    const auto place = placed_part(part, one);
    auto seen = placed(image, place, front_end_);
    auto boxes = boxes_in(one.boxes, place, augment_.least_visible());
    augment_.apply(seen, boxes, draw);
    front_end_.normalise(seen, out);
    return with_boxes(std::move(boxes));
  }

  std::string summary() const override {
    std::vector<std::string> parts;
    for (const auto split : {Split::train, Split::validation, Split::test}) {
      std::size_t boxes = 0;
      for (const auto& one : pictures(split)) boxes += one.boxes.size();
      parts.push_back(fmt::format("{} {} pictures with {} boxes", pictures(split).size(), name_of(split), boxes));
    }
    const auto count = [&](std::int64_t number, const char* what) {
      if (number > 0) parts.push_back(fmt::format("{} {}", number, what));
    };
    count(catalog_.ignored_boxes, "boxes are difficult or crowds and count neither way");
    count(catalog_.empty_boxes, "boxes without area left out");
    count(catalog_.other_boxes, "boxes of other classes left out");
    count(catalog_.skipped_files, "damaged or missing files skipped");
    for (const auto& note : catalog_.notes) parts.push_back(note);
    return fmt::format("{}: {} ({})", catalog_.where, join(parts, ", "), join(catalog_.classes, ", "));
  }

 private:
  const std::vector<DetectionPicture>& pictures(Split split) const {
    return catalog_.splits[static_cast<std::size_t>(split)];
  }
  const DetectionPicture& picture(Split split, std::int64_t index) const {
    return pictures(split)[static_cast<std::size_t>(index)];
  }
  std::int64_t network_width() const { return front_end_.shape()[2]; }
  std::int64_t network_height() const { return front_end_.shape()[1]; }
  Placement placement_of(const DetectionPicture& one) const { return placement(front_end_, one.width, one.height); }
  PicturePart whole_of(const DetectionPicture& one) const {
    return whole_picture(one.width, one.height, network_width(), network_height());
  }
  Placement placed_part(const PicturePart& part, const DetectionPicture& one) const {
    return place(part, one.width, one.height, network_width(), network_height());
  }
  std::vector<Box> boxes_in(const std::vector<Box>& boxes, const Placement& place, double least_visible) const {
    return placed(boxes, place, network_width(), network_height(), least_visible);
  }
  static Target with_boxes(std::vector<Box> boxes) {
    Target target;
    target.boxes = std::move(boxes);
    return target;
  }

  /// Throws Error(mistake) where the file is another than when it was looked at.
  Image decoded(const DetectionPicture& one) const {
    auto image = read_image(one.file, front_end_.shape()[0], one.orientation);
    if (image.width != one.width || image.height != one.height)
      mistake(one.file.string(), fmt::format("is {}x{}, and was {}x{} when the data were first looked at", image.width,
                                             image.height, one.width, one.height));
    return image;
  }

  /// Decoded once for training; evaluation reads a picture once a time.
  std::vector<std::uint8_t> pixels_of(Split split, std::int64_t index, std::vector<std::uint8_t>& spare) const {
    const auto decode = [&] { return decoded(picture(split, index)).pixels; };
    if (split != Split::train) return decode();
    return train_.get(static_cast<std::size_t>(index), spare, decode);
  }

  ImageFrontEnd front_end_;
  DetectionAugment augment_;
  bool augments_;
  std::uint64_t seed_;
  DetectionCatalog catalog_;
  mutable SlotCache<std::uint8_t> train_;
};

/// Is it, once turned, as much higher or wider than it is stored as its annotation says?
bool is_noted_as_turned(const DetectionPicture& picture, const ImageHeader& header) {
  if (picture.width != header.height || picture.height != header.width) return false;
  const auto upright = read_image(picture.file, 1);
  return (upright.width > upright.height) == (picture.width > picture.height);
}

/// What no frame holds is decoded at half its size, and the boxes with it.
void bring_to_frame(DetectionPicture& picture) {
  if (fits_a_frame(picture.width, picture.height)) return;
  const auto image = read_image(picture.file, 1, picture.orientation);
  const auto across = static_cast<float>(image.width) / static_cast<float>(picture.width),
             down = static_cast<float>(image.height) / static_cast<float>(picture.height);
  for (auto& box : picture.boxes) box.left *= across, box.right *= across, box.top *= down, box.bottom *= down;
  picture.width = image.width, picture.height = image.height;
}

/// Fills in the sizes; false, with what is wrong, where a picture cannot be used.
bool look_at(DetectionPicture& picture, const std::string& root, std::string& wrong) {
  try {
    if (is_link_out(picture.file, root)) mistake(picture.file.string(), "is a link that leads out of the folder");
    const auto header = probe_image(picture.file);
    const bool is_told = picture.width > 0 && picture.height > 0;
    if (is_told && (picture.width != header.width || picture.height != header.height)) {
      if (!is_noted_as_turned(picture, header)) {
        wrong = fmt::format("{}: is {}x{}, its annotation says {}x{}", picture.file.string(), header.width,
                            header.height, picture.width, picture.height);
        return false;
      }
      picture.orientation = Orientation::upright;
    } else {
      picture.width = header.width, picture.height = header.height;
    }
    bring_to_frame(picture);
    return true;
  } catch (const Error& error) {
    wrong = fmt::format("{}: {}", error.problems().front().origin, error.problems().front().text);
    return false;
  }
}

/// Boxes are added by readers as they are written; what lies inside the picture is known only now.
void keep_inside(DetectionCatalog& catalog, DetectionPicture& picture) {
  std::vector<Box> kept;
  const auto width = static_cast<float>(picture.width), height = static_cast<float>(picture.height);
  for (auto box : picture.boxes) {
    box.left = std::clamp(box.left, 0.0f, width), box.right = std::clamp(box.right, 0.0f, width);
    box.top = std::clamp(box.top, 0.0f, height), box.bottom = std::clamp(box.bottom, 0.0f, height);
    if (box.right > box.left && box.bottom > box.top) {
      catalog.ignored_boxes += box.ignored;
      kept.push_back(box);
    } else {
      ++catalog.empty_boxes;
    }
  }
  picture.boxes = std::move(kept);
}

void look_at_all(DetectionCatalog& catalog, bool skip, std::vector<Problem>& problems) {
  std::int64_t wrong_files = 0;
  for (auto& split : catalog.splits) {
    std::vector<DetectionPicture> kept;
    for (auto& picture : split) {
      std::string wrong;
      if (look_at(picture, catalog.where, wrong)) {
        keep_inside(catalog, picture);
        kept.push_back(std::move(picture));
      } else if (skip) {
        ++catalog.skipped_files;
      } else if (++wrong_files <= most_problems) {
        problems.push_back({catalog.origin, fmt::format("{}; repair it, or say `on_error: skip`", wrong)});
      }
    }
    split = std::move(kept);
  }
  if (wrong_files > most_problems)
    problems.push_back(
        {catalog.origin, fmt::format("and {} more files are missing or damaged", wrong_files - most_problems)});
}

/// Of what the recipe names: each once, and a class that annotations know, else it could only be a slip.
void check_classes(const std::vector<std::string>& named, const DetectionCatalog& catalog,
                   std::vector<Problem>& problems) {
  for (auto name = named.begin(); name != named.end(); ++name)
    if (const auto& known = catalog.known_classes; std::find(known.begin(), known.end(), *name) == known.end())
      problems.push_back({catalog.origin, fmt::format("no annotation in '{}' knows the class '{}'{}", catalog.where,
                                                      *name, did_you_mean(*name, known))});
    else if (std::find(named.begin(), name, *name) != name)
      problems.push_back({catalog.origin, fmt::format("the class '{}' is named twice", *name)});
}

bool has_boxes_that_count(const std::vector<DetectionPicture>& pictures) {
  return std::any_of(pictures.begin(), pictures.end(), [](const auto& picture) {
    return std::any_of(picture.boxes.begin(), picture.boxes.end(), [](const Box& box) { return !box.ignored; });
  });
}

}  // namespace

DetectionCatalog empty_catalog(const DetectionOptions& options, const std::string& folder) {
  const auto& root = options.root.value;
  DetectionCatalog catalog;
  catalog.where = root.text();
  catalog.origin = root.origin().text();
  catalog.classes = options.classes;
  std::error_code failure;
  if (!root.is_scalar() || !std::filesystem::is_directory(catalog.where, failure))
    mistake(catalog.origin, no_folder(catalog.where, "shapes"));
  if (!std::filesystem::is_directory(std::filesystem::path(catalog.where) / folder, failure))
    mistake(catalog.origin, fmt::format("'{}' has no folder {}", catalog.where, folder));
  return catalog;
}

void hold_out_validation(DetectionCatalog& catalog, double share) {
  auto& train = catalog.splits[0];
  std::vector<DetectionPicture> kept;
  for (auto& picture : train) {
    const bool held = split_by_hash(picture.id, 100 * share, 0) == Split::validation;
    (held ? catalog.splits[1] : kept).push_back(std::move(picture));
  }
  train = std::move(kept);
  catalog.notes.push_back("validation pictures by the hash of their names");
}

std::unique_ptr<Dataset> make_detection_dataset(const DetectionOptions& options, DetectionCatalog catalog,
                                                std::vector<Problem>& problems) {
  const auto before = problems.size();
  const auto image = schema::read_options<ImageOptions>(options.image.value, "image", problems);
  const bool augments = !options.augment.value.is_null();
  DetectionAugment augment(options.augment.value, problems);
  if (problems.size() != before) return nullptr;
  ImageFrontEnd front_end(image, options.image.value, problems);
  if (catalog.classes.empty()) problems.push_back({catalog.origin, fmt::format("'{}' has no boxes", catalog.where)});
  check_classes(options.classes, catalog, problems);
  look_at_all(catalog, options.on_error == "skip", problems);
  if (problems.size() != before) return nullptr;
  for (const auto split : {Split::train, Split::validation, Split::test})
    if (catalog.splits[static_cast<std::size_t>(split)].empty())
      problems.push_back({catalog.origin, fmt::format("'{}' has no {} pictures", catalog.where, name_of(split))});
  // Nothing could be learned, or said of how well that went.
  for (const auto split : {Split::train, Split::test})
    if (!has_boxes_that_count(catalog.splits[static_cast<std::size_t>(split)]))
      problems.push_back(
          {catalog.origin, fmt::format("no {} picture of '{}' has a box that counts", name_of(split), catalog.where)});
  if (problems.size() != before) return nullptr;
  return std::make_unique<DetectionDataset>(std::move(front_end), std::move(augment), augments,
                                            static_cast<std::uint64_t>(options.seed), std::move(catalog));
}

}  // namespace espalier::datasets
