// Pictures with boxes: the readers of annotation formats fill a catalog, this turns it into a data set.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "datasets/corpus_options.h"
#include "datasets/dataset.h"
#include "datasets/detection_augment.h"
#include "datasets/image_file.h"
#include "datasets/image_front_end.h"
#include "schema/readers.h"
#include "schema/registry.h"

namespace espalier::datasets {

/// Keys that every reader of boxes has.
struct DetectionOptions {
  schema::Part root, image, augment;
  std::vector<std::string> classes;
  double validation_share = 0.1;
  std::int64_t seed = 1;
  std::string on_error = "fail";
};

/// Declares them in a reader's describe().
template <class Options>
void describe_detection(schema::Describe<Options>& d) {
  const auto key = keys_of_base<DetectionOptions>(d);
  key("root", &DetectionOptions::root, "folder of the corpus, relative to the working directory").must().type = "path";
  key("classes", &DetectionOptions::classes, "in the order of the outputs; empty: all that are annotated");
  key("image", &DetectionOptions::image, "{size, channels, fit, mean, std, …}: what the network sees").type = "block";
  key("augment", &DetectionOptions::augment, "{flip, zoom, …}: changes pictures and boxes in training").type = "block";
  key("validation_share", &DetectionOptions::validation_share,
      "of the training pictures, by their names, where there is no list of validation pictures")
      .range(0, 0.9);
  key("seed", &DetectionOptions::seed, "of augmentation; default: the recipe's").range(0, 9e15);
  key("on_error", &DetectionOptions::on_error, "a damaged or missing file: stop, or leave it out and count it")
      .one_of(on_error_words());
}

struct DetectionPicture {
  std::string id;
  std::filesystem::path file;
  std::int64_t width = 0, height = 0;             ///< as annotated; 0: not told
  std::vector<Box> boxes;                         ///< in the picture's own pixels, as they are written
  Orientation orientation = Orientation::stored;  ///< in which the boxes fit
};

/// What a reader found on disk, and what it left out.
struct DetectionCatalog {
  std::string where, origin;  ///< root, and the recipe key that names it, for messages
  std::vector<std::string> classes;
  std::vector<std::string> known_classes;               ///< that annotations speak of
  std::array<std::vector<DetectionPicture>, 3> splits;  ///< by Split
  std::int64_t empty_boxes = 0;                         ///< without area, left out
  std::int64_t other_boxes = 0;                         ///< of classes that the recipe does not name
  std::int64_t ignored_boxes = 0;                       ///< difficult ones and crowds
  std::int64_t skipped_files = 0;                       ///< pictures that are missing or damaged
  std::vector<std::string> notes;
};

/// What a reader begins with: where the corpus lies, and the classes that the recipe names. Throws Error(mistake) where
/// the root, or the folder of this name below it, is missing.
DetectionCatalog empty_catalog(const DetectionOptions& options, const std::string& folder = "");

/// Moves a share of the training pictures to validation, chosen by the hash of their ids.
void hold_out_validation(DetectionCatalog& catalog, double share);

/// Looks at every picture's header. Boxes belong to the picture as it is stored or, where their annotation's size says
/// so, as a camera noted that it is to be turned; with pictures that no frame holds they are halved. Damaged or missing
/// ones are Problems, or with on_error: skip are counted and left out. Boxes are cut at their picture's edges, and
/// counted and left out where nothing remains. Null, with Problems added, where something is wrong.
std::unique_ptr<Dataset> make_detection_dataset(const DetectionOptions& options, DetectionCatalog catalog,
                                                std::vector<Problem>& problems);

/// What a format registers: `Reading(options, problems).read()` gives the catalog. Where the options name no
/// `validation`, a share of the training pictures validates.
template <class Reading, class Options>
std::unique_ptr<Dataset> read_detection(const Options& options, const schema::Registry&,
                                        std::vector<Problem>& problems) {
  const auto before = problems.size();
  try {
    auto catalog = Reading(options, problems).read();
    if (options.validation.empty()) hold_out_validation(catalog, options.validation_share);
    if (problems.size() == before) return make_detection_dataset(options, std::move(catalog), problems);
  } catch (const Error& error) {  // reported with the rest of the recipe's problems
    problems.insert(problems.end(), error.problems().begin(), error.problems().end());
  }
  return nullptr;
}

}  // namespace espalier::datasets
