// IDX files, as MNIST and its successors come (Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten
// digits"; Fashion-MNIST, EMNIST, KMNIST): pictures in one file, labels in another, a pair for training and one for
// testing.
#include <fmt/core.h>

#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "datasets/absent_data.h"
#include "datasets/idx_array.h"
#include "datasets/image_dataset.h"
#include "schema/registry.h"

namespace espalier::datasets::idx {

namespace fs = std::filesystem;
constexpr std::int64_t most_classes = 256;

struct Options : PictureOptions {
  schema::Part root, classes;
  std::string train = "train", test = "t10k";
  double validation = 0.1;
  static void describe(schema::Describe<Options>& d) {
    d.about("pictures and labels in IDX files, the format of MNIST",
            "LeCun et al. 1998, Proceedings of the IEEE 86(11)");
    d.key("root", &Options::root, "the files' folder, relative to the working directory").must().type = "path";
    d.key("train", &Options::train, "what names before -images-idx3-ubyte and -labels-idx1-ubyte; of training");
    d.key("test", &Options::test, "the same of testing");
    d.key("classes", &Options::classes, "names of the labels 0, 1, …; by default those numbers").type = "list of words";
    d.key("validation", &Options::validation, "share of the training pictures that are kept for validation")
        .range(0.001, 0.9);
    describe_pictures(d);
  }
};

struct Pair {
  IdxArray images, labels;
};

class Reading {
 public:
  Reading(const Options& options, bool skip, std::vector<Problem>& problems)
      : options_(options), skip_(skip), problems_(problems), root_(options.root.value.text()) {}

  PictureCatalog read() {
    catalog_.where = root_.string();
    catalog_.origin = options_.root.value.origin().text();
    std::error_code failure;
    if (!fs::is_directory(root_, failure)) return problem(no_folder(root_, "mnist")), PictureCatalog{};
    try {
      const auto train = pair_of(options_.train), test = pair_of(options_.test);
      if (!sizes_agree(train, test)) return {};
      name_classes(train);
      pack(train, Split::train, options_.train);
      pack(test, Split::test, options_.test);
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
  /// MNIST's own names; some copies have a dot in place of the last hyphen but one.
  fs::path file_of(const std::string& name, const std::string& what) const {
    const auto hyphen = root_ / (name + "-" + what),
               dot = root_ / (name + "-" + what.substr(0, what.find('-')) + "." + what.substr(what.find('-') + 1));
    std::error_code failure;
    return !fs::exists(hyphen, failure) && fs::exists(dot, failure) ? dot : hyphen;
  }

  IdxArray array_of(const fs::path& file, std::size_t dimensions) const {
    std::error_code failure;
    if (!fs::is_regular_file(file, failure))
      mistake(catalog_.origin,
              fmt::format("there is no file '{}'{}", file.string(),
                          fs::exists(file.string() + ".gz", failure) ? "; unpack the .gz beside it (gunzip)" : ""));
    auto array = parse_idx(read_bytes(file), file.string());
    if (array.extents.size() != dimensions)
      mistake(file.string(), fmt::format("has {} dimensions where {} are wanted", array.extents.size(), dimensions));
    return array;
  }

  Pair pair_of(const std::string& name) const {
    const auto images = file_of(name, "images-idx3-ubyte"), labels = file_of(name, "labels-idx1-ubyte");
    Pair pair{array_of(images, 3), array_of(labels, 1)};
    if (pair.images.extents[0] != pair.labels.extents[0])
      mistake(labels.string(), fmt::format("has {} labels for {} pictures in {}", pair.labels.extents[0],
                                           pair.images.extents[0], images.string()));
    if (pair.images.extents[1] < 1 || pair.images.extents[2] < 1 ||
        std::max(pair.images.extents[1], pair.images.extents[2]) > most_frame_side ||
        pair.images.extents[1] * pair.images.extents[2] > most_frame_pixels)
      mistake(images.string(),
              fmt::format("has pictures of {} x {} pixels", pair.images.extents[2], pair.images.extents[1]));
    return pair;
  }

  bool sizes_agree(const Pair& train, const Pair& test) {
    packed_.height = train.images.extents[1], packed_.width = train.images.extents[2];
    if (packed_.height == test.images.extents[1] && packed_.width == test.images.extents[2]) return true;
    return problem("the pictures of training and testing have other sizes");
  }

  /// As many as the training labels have, or as are named.
  void name_classes(const Pair& train) {
    const auto& value = options_.classes.value;
    for (const auto& item : value.items()) catalog_.classes.push_back(item.text());
    if (!catalog_.classes.empty()) return;
    const auto& labels = train.labels.values;
    const auto most = labels.empty() ? 0 : *std::max_element(labels.begin(), labels.end());
    for (std::int64_t i = 0; i <= most && i < most_classes; ++i) catalog_.classes.push_back(std::to_string(i));
  }

  void pack(const Pair& pair, Split split, const std::string& name) {
    auto place = static_cast<std::int64_t>(packed_.pixels.size()) / packed_.bytes_each();
    packed_.pixels.insert(packed_.pixels.end(), pair.images.values.begin(), pair.images.values.end());
    for (std::size_t i = 0; i < pair.labels.values.size(); ++i, ++place) {
      const std::int64_t label = pair.labels.values[i];
      const auto id = fmt::format("{}/{}", name, i);
      if (label < static_cast<std::int64_t>(catalog_.classes.size()))
        catalog_.splits[static_cast<std::size_t>(split)].push_back({id, label, {}, place});
      else
        out_of_range(id, label);
    }
  }

  void out_of_range(const std::string& id, std::int64_t label) {
    const auto text = fmt::format("picture {} has label {}; there are {} classes", id, label, catalog_.classes.size());
    if (!skip_) mistake(root_.string(), text + "; `on_error: skip` leaves such out");
    left_out_.add(text);
  }

  bool problem(std::string text) { return problems_.push_back({catalog_.origin, std::move(text)}), false; }

  const Options& options_;
  bool skip_;
  std::vector<Problem>& problems_;
  fs::path root_;
  PictureCatalog catalog_;
  PackedPictures packed_;
  LeftOut left_out_{"with labels out of range"};
};

void enlist(schema::Registry& registry) {
  registry.add<Dataset, Options>("dataset", "idx", read_pictures<Reading, Options>);
}

}  // namespace espalier::datasets::idx
