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
#include "datasets/corpus_options.h"
#include "datasets/dataset.h"
#include "datasets/front_end.h"
#include "datasets/waveform_augment.h"
#include "schema/readers.h"

namespace espalier::datasets {

/// Keys that every format of clips has.
struct ClipOptions : CorpusOptions {
  std::string on_stereo = "mix", align = "start";
  bool resample = true;
  schema::Bytes audio_memory{std::int64_t{4} << 30};
  schema::Part features, augment;

  /// Declares the keys for an Options that derives from this.
  template <class Options>
  static void describe_clips(schema::Describe<Options>& d) {
    const auto key = keys_of_base<ClipOptions>(d);
    key("features", &ClipOptions::features,
        "block: type, arithmetic, sample_rate, clip, window, hop, mel_bands, coefficients, ...")
        .type = "block";
    key("augment", &ClipOptions::augment, "block: views, time_shift, speed, volume, noise, spec_augment, partial_words")
        .type = "block";
    key("on_stereo", &ClipOptions::on_stereo, "more channels than one: average, or stop").one_of({"mix", "fail"});
    key("resample", &ClipOptions::resample, "convert other sampling rates; false: stop");
    key("align", &ClipOptions::align, "where shorter clips are padded and longer ones cut: behind, or on both sides")
        .one_of({"start", "centre"});
    key("audio_memory", &ClipOptions::audio_memory,
        "memory for decoded clips; what is beyond is decoded again each time")
        .range(0, 1e15);
    CorpusOptions::describe_corpus(d);
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
