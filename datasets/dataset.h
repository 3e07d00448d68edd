// What training sees of data, whatever the format behind it.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/random.h"
#include "datasets/raw_sample.h"

namespace espalier::datasets {

enum class Split { train, validation, test };
/// "train", "validation", "test".
std::string name_of(Split split);

/// How a sample is to be seen: as it is, or augmented as a function of (seed, epoch, sample) and nothing else.
struct View {
  bool augmented = false;
  std::uint64_t epoch = 0;
};

/// A thing in a picture. In pixels of the network's input, whose left upper corner is (0, 0); right and bottom are
/// where it ends, so that its width is right - left.
struct Box {
  float left = 0, top = 0, right = 0, bottom = 0;
  std::int64_t label = 0;
  /// Neither missing it nor finding it counts: "difficult" of Pascal VOC, "iscrowd" of COCO.
  bool ignored = false;
  bool operator==(const Box&) const = default;
};

/// What a network should say of a sample. A task reads what is its own; the rest stays empty.
struct Target {
  std::int64_t label = 0;  ///< of mixed samples the one that weighs most
  std::vector<float>
      shares;  ///< [classes], sum 1, where a sample is of several classes (mixup); empty: of `label` alone
  std::vector<Box> boxes;
  std::vector<float> values;  ///< what is to be computed; empty where that is the input itself
  std::int64_t group = -1;    ///< samples of one group (a recording's windows) are judged together; -1: it stands alone
  std::int64_t source = 0;    ///< of Dataset::sources
  bool operator==(const Target&) const = default;
};

/// Labelled samples with features computed by the device's own front end. Every method is const and may be called from
/// several threads at once.
class Dataset {
 public:
  virtual ~Dataset() = default;
  /// Of one sample, channels first: {1, frames, coefficients} for audio.
  virtual const std::vector<std::int64_t>& shape() const = 0;
  virtual const std::vector<std::string>& classes() const = 0;
  /// What the samples are of (machines), where they are also to be judged apart; by default there is one.
  virtual const std::vector<std::string>& sources() const;
  virtual std::int64_t size(Split split) const = 0;
  virtual std::int64_t label(Split split, std::int64_t index) const = 0;
  /// The classes that a sample holds, each once, without decoding it; by default its label. Of a picture with boxes the
  /// classes of those that count, which may be none.
  virtual std::vector<std::int64_t> classes_of(Split split, std::int64_t index) const { return {label(split, index)}; }
  /// Of the sample as it is, without decoding it; by default its label.
  virtual Target target(Split split, std::int64_t index) const;
  /// Writes the features, elements of shape() floats. Same arguments, same bits.
  virtual void features(Split split, std::int64_t index, View view, std::span<float> out) const = 0;
  /// Features and target of one view, where augmentation changes both (boxes that move, samples that are mixed). By
  /// default those of features() and target().
  virtual Target sample(Split split, std::int64_t index, View view, std::span<float> out) const;
  /// How many different augmented views there are before they repeat; 0: never. By default one: nothing is augmented.
  virtual std::int64_t views() const { return 1; }
  /// Stable name of a sample ("yes/0a7c2a8d_nohash_0.wav", "_silence_/3"); by default the split's and its index.
  virtual std::string id(Split split, std::int64_t index) const;
  /// The features of a file that is not part of the data (for `predict`). Throws Error(mistake) that names a damaged
  /// file; by default any.
  virtual std::vector<float> features_of_file(const std::string& path) const;
  /// The sound of a sample, unaugmented; by default there is none: empty.
  virtual std::vector<std::int16_t> recording(Split split, std::int64_t index) const;
  /// What a sample is before the front end (of samples of unequal length: of the longest); by default the data set does
  /// not give that: no disturbance can be tried on it.
  virtual std::optional<RawForm> raw_form() const;
  /// A sample before the front end, unaugmented. Only where there is a raw_form().
  virtual RawSample raw(Split split, std::int64_t index) const;
  /// What the network should say once the raw sample was moved; by default the same as before.
  virtual Target moved_target(Split split, std::int64_t index, const Displacement& moved) const;
  /// The front end over a raw sample that something may have changed: rounded to what the sensor can say, then as
  /// features().
  virtual void features_of_raw(const RawSample& sample, std::span<float> out) const;
  /// A piece of the split's background noise in raw units, as long as `out`; by default there is none: false.
  virtual bool background(Split split, Random& random, std::span<float> out) const;
  /// The front end's specification, as it travels with exports; by default there is none.
  virtual Json front_end() const { return Json::map(); }
  /// One line for people: counts per split and class, files skipped; by default the splits' sizes.
  virtual std::string summary() const;
};

/// Samples of one step, in sampler order.
struct Batch {
  std::int64_t index = 0;             ///< in the epoch
  std::vector<std::int64_t> samples;  ///< indices into the split
  std::vector<float> features;        ///< [N, shape…]
  std::vector<Target> targets;        ///< [N]
};

struct LoaderOptions {
  Split split = Split::train;
  std::int64_t batch_size = 100;
  int workers = 2;
  bool shuffle = false;      ///< by (seed, epoch)
  double class_balance = 0;  ///< of a shuffled epoch: see balanced_order
  bool augment = false;
  bool drop_last = false;  ///< an epoch has only whole batches
  std::uint64_t seed = 1, epoch = 0;
  std::int64_t first_batch = 0;  ///< where a resumed epoch goes on
};

/// Decodes ahead of training in worker threads; batches leave in sampler order. An exception in a worker surfaces in
/// next().
class Loader {
 public:
  Loader(const Dataset& dataset, LoaderOptions options);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;
  /// Batches of a whole epoch.
  std::int64_t batches() const;
  /// False at the end of the epoch.
  bool next(Batch& batch);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace espalier::datasets
