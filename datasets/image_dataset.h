// Labelled pictures as a Dataset: what the formats (image_folder, cifar10, idx) have in common.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "datasets/corpus_options.h"
#include "datasets/dataset.h"
#include "datasets/image_augment.h"
#include "datasets/image_front_end.h"
#include "datasets/image_mixing.h"
#include "schema/readers.h"
#include "schema/registry.h"

namespace espalier::datasets {

/// Keys that every format of pictures has.
struct PictureOptions : CorpusOptions {
  schema::Bytes image_memory{std::int64_t{2} << 30};
  schema::Part image, augment;

  /// Declares the keys for an Options that derives from this.
  template <class Options>
  static void describe_pictures(schema::Describe<Options>& d) {
    const auto key = keys_of_base<PictureOptions>(d);
    key("image", &PictureOptions::image, "block: size, channels, order, fit, filter, mean, std").type = "block";
    key("augment", &PictureOptions::augment,
        "block: views, pad_crop, flip, random_resized_crop, affine, colour, rand_augment, cutout, mixup, cutmix")
        .type = "block";
    key("image_memory", &PictureOptions::image_memory,
        "memory for decoded files; what is beyond is decoded again each time")
        .range(0, 1e15);
    CorpusOptions::describe_corpus(d);
  }
};

/// What the options' blocks mean.
struct PictureSettings {
  PictureOptions options;
  ImageFrontEnd front_end;
  ImageAugment augment;
  ImageMixing mixing;
  bool skip = false;  ///< damaged files
};

/// Reads the blocks. Empty, with Problems added, where they are wrong.
std::optional<PictureSettings> read_picture_settings(const PictureOptions& options, std::vector<Problem>& problems);

/// One sample: a file, or the `place`-th of the packed pictures.
struct Picture {
  std::string id;
  std::int64_t label = 0;
  std::filesystem::path file;
  std::int64_t place = -1;
};

/// Pictures of one size in memory, as formats of many in a file have them.
struct PackedPictures {
  std::int64_t width = 0, height = 0, channels = 1;
  std::vector<std::uint8_t> pixels;  ///< [pictures][height][width][channels]
  std::int64_t bytes_each() const { return width * height * channels; }
  Image picture(std::int64_t place) const;
};

/// What a format found on disk.
struct PictureCatalog {
  std::string where;   ///< root, for messages
  std::string origin;  ///< of the recipe key that names it
  std::vector<std::string> classes;
  std::array<std::vector<Picture>, 3> splits;  ///< by Split
  std::shared_ptr<const PackedPictures> packed;
  std::vector<std::string> notes;  ///< for the summary
};

/// What a reader leaves out, counted for the summary.
class LeftOut {
 public:
  /// "labels out of range"
  explicit LeftOut(std::string what) : what_(std::move(what)) {}
  /// `text` names the sample, and is kept of the first one.
  void add(const std::string& text) {
    if (count_++ == 0) first_ = text;
  }
  /// Adds a note where something was left out.
  void tell(PictureCatalog& catalog) const;

 private:
  std::string what_, first_;
  std::int64_t count_ = 0;
};

/// Moves a `share` of the training pictures of each class, chosen by their names, to validation, and says so.
void split_off_validation(PictureCatalog& catalog, double share);

/// Checks every file (with on_error: skip leaves damaged ones out, counts and names them), the number of classes and
/// that no split is empty. Null, with Problems added, where something is wrong.
std::unique_ptr<Dataset> make_picture_dataset(PictureSettings settings, PictureCatalog catalog,
                                              std::vector<Problem>& problems);

/// What a format registers: `Reading(options, skip, problems).read()` gives the catalog.
template <class Reading, class Options>
std::unique_ptr<Dataset> read_pictures(const Options& options, const schema::Registry&,
                                       std::vector<Problem>& problems) {
  const auto before = problems.size();
  auto settings = read_picture_settings(options, problems);
  if (!settings) return nullptr;
  auto catalog = Reading(options, settings->skip, problems).read();
  if (problems.size() != before) return nullptr;
  return make_picture_dataset(std::move(*settings), std::move(catalog), problems);
}

}  // namespace espalier::datasets
