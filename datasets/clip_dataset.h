// Labelled clips of sound as a Dataset: what the formats (speech_commands, audio_manifest) have in common.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "datasets/dataset.h"
#include "datasets/front_end.h"
#include "datasets/waveform_augment.h"
#include "schema/readers.h"

namespace espalier::datasets {

/// Keys that every format of clips has.
struct ClipOptions {
  std::int64_t seed = 1, max_per_class = 0;
  double fraction = 1;
  std::string on_error = "fail", on_stereo = "mix", align = "start";
  bool resample = true;
  schema::Bytes cache{std::int64_t{1} << 30}, audio_memory{std::int64_t{4} << 30};
  schema::Part features, augment;

  /// Declares the keys for an Options that derives from this.
  template <class Options>
  static void describe_clips(schema::Describe<Options>& d) {
    const auto key = [&]<class T>(const char* name, T ClipOptions::*member, const char* doc) -> schema::Field& {
      return d.key(name, static_cast<T Options::*>(member), doc);
    };
    key("features", &ClipOptions::features,
        "block: type, arithmetic, sample_rate, clip, window, hop, mel_bands, coefficients, ...")
        .type = "block";
    key("augment", &ClipOptions::augment, "block: views, time_shift, speed, volume, noise, spec_augment, partial_words")
        .type = "block";
    key("on_error", &ClipOptions::on_error, "a damaged or empty file: stop, or leave it out and count it")
        .one_of({"fail", "skip"});
    key("on_stereo", &ClipOptions::on_stereo, "more channels than one: average, or stop").one_of({"mix", "refuse"});
    key("resample", &ClipOptions::resample, "convert other sampling rates; false: stop");
    key("align", &ClipOptions::align, "where shorter clips are padded and longer ones cut: behind, or on both sides")
        .one_of({"start", "centre"});
    key("fraction", &ClipOptions::fraction, "of every class in every split, for quick experiments").range(1e-6, 1);
    key("max_per_class", &ClipOptions::max_per_class, "clips of a class in a split; 0: all").range(0, 1e9);
    key("cache", &ClipOptions::cache, "memory for features of evaluation and of repeating views").range(0, 1e15);
    key("audio_memory", &ClipOptions::audio_memory,
        "memory for decoded clips; what is beyond is decoded again each time")
        .range(0, 1e15);
    key("seed", &ClipOptions::seed, "of augmentation; the recipe's when absent").range(0, 9e15);
  }
};

/// What the options' blocks mean.
struct ClipSettings {
  ClipOptions options;
  FrontEnd front_end;
  WaveformAugment augment;
  AudioWanted wanted;
  bool skip = false;  ///< damaged files
};

/// Reads the blocks. Empty, with Problems added, where they are wrong.
std::optional<ClipSettings> read_clip_settings(const ClipOptions& options, std::vector<Problem>& problems);

/// One sample: a file, or (no file) the `silence`-th place of the split's noise.
struct Clip {
  std::string id;
  std::filesystem::path file;
  std::int64_t label = 0, silence = -1;
};

/// What a format found on disk.
struct Catalog {
  std::string where;   ///< root or manifest, for messages
  std::string origin;  ///< of the recipe key that names it
  std::vector<std::string> classes;
  std::int64_t unknown = -1;                ///< the class of all other words; -1: there is none
  std::array<std::vector<Clip>, 3> splits;  ///< by Split
  NoiseBank noise;
  std::vector<std::string> notes;  ///< for the summary
};

/// Keeps min(max_per_class, fraction of it, at least 1) clips of every class in every split, chosen by the clips'
/// names.
void thin_out(Catalog& catalog, const ClipOptions& options);

/// Checks every file's header (with on_error: skip decodes every file, and leaves damaged ones out), the number of
/// classes and that no split is empty. Null, with Problems added, where something is wrong.
std::unique_ptr<Dataset> make_clip_dataset(ClipSettings settings, Catalog catalog, std::vector<Problem>& problems);

}  // namespace espalier::datasets
