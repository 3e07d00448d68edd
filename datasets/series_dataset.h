// Labelled windows of sampled series as a Dataset: what the formats (csv_series, ucr_ts, wfdb_beats) have in common.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "datasets/corpus_options.h"
#include "datasets/dataset.h"
#include "datasets/grouped_split.h"
#include "datasets/series_augment.h"
#include "datasets/series_front_end.h"
#include "schema/readers.h"

namespace espalier::datasets {

/// The recipe's `features:` block. A list has an entry for each channel; a single one is for all.
struct SeriesFeatureOptions {
  std::vector<std::string> normalization = {"fixed"};
  std::vector<double> step, mean, deviation;
  double least_deviation = 0;
  static void describe(schema::Describe<SeriesFeatureOptions>& d);
};

/// Keys that every format of series has.
struct SeriesOptions {
  std::int64_t seed = 1;
  std::vector<std::string> classes;
  std::string on_error = "fail", normal;
  schema::Bytes memory{std::int64_t{4} << 30};
  schema::Part features, augment, split;

  /// Declares the keys for an Options that derives from this.
  template <class Options>
  static void describe_series(schema::Describe<Options>& d) {
    const auto key = keys_of_base<SeriesOptions>(d);
    key("classes", &SeriesOptions::classes,
        "labels in the order of the outputs, others are passed over; empty: the format's or all, sorted");
    key("normal", &SeriesOptions::normal,
        "for `task: anomaly_detection`: the label that alone trains and validates; whatever has another one is "
        "anomalous");
    key("features", &SeriesOptions::features, "block: normalization, step, mean, deviation, least_deviation").type =
        "block";
    key("augment", &SeriesOptions::augment,
        "block: views, time_shift, speed, time_warp, scale, jitter, channel_dropout")
        .type = "block";
    key("split", &SeriesOptions::split, "block: validation, test, folds, fold, validation_groups, test_groups").type =
        "block";
    key("on_error", &SeriesOptions::on_error, "damaged data: stop, or leave it out and count it")
        .one_of(on_error_words());
    key("memory", &SeriesOptions::memory, "most that the series may take").range(0, 1e15);
    key("seed", &SeriesOptions::seed, "of augmentation; the recipe's when absent").range(0, 9e15);
  }
};

/// Rows of one recording, [rows][channels], in the data's units, without gaps.
struct SeriesRecording {
  std::vector<float> values;
  std::int64_t rows = 0;
};

/// One sample: timing.window rows of a recording from `begin`, which may lie before its first; beyond its ends its
/// first and last rows stand. Behind the recording's channels come the window's constants.
struct SeriesWindow {
  std::string id, group;
  std::int64_t label = 0, begin = 0;
  std::size_t recording = 0;
  std::vector<float> constants;
};

/// What a format found on disk.
struct SeriesCatalog {
  std::string where;   ///< file or folder, for messages
  std::string origin;  ///< of the recipe key that names it
  std::vector<std::string> classes, channels;
  SeriesTiming timing;
  std::vector<SeriesRecording> recordings;
  std::array<std::vector<SeriesWindow>, 3> splits;  ///< by Split
  std::vector<std::string> notes;                   ///< for the summary
  std::int64_t bytes = 0;                           ///< of the recordings' values
};

/// Fills NaN in [rows][channels]: linearly between neighbours in time, at the ends by the nearest value. Returns how
/// many were filled; -1 where a channel has no value at all.
std::int64_t fill_gaps(std::vector<float>& values, std::int64_t channels);

/// Adds a recording; throws Error(mistake) naming catalog.where when the data grow beyond `memory`.
void add_recording(SeriesCatalog& catalog, SeriesRecording recording, schema::Bytes memory);

/// Moves windows from `catalog.splits[0]` to the splits that `options.split` gives their groups. With `stratified`, a
/// group is of its label's stratum. Splits that have windows already are kept as they are.
void divide(SeriesCatalog& catalog, const SeriesOptions& options, bool stratified, std::vector<Problem>& problems);

/// With `options.normal`, classes become normal and anomalous, and training and validation keep what is normal. Chooses
/// what normalises each channel from the training windows, and checks that classes and splits are sound. Null, with
/// Problems added, where something is wrong.
std::unique_ptr<Dataset> make_series_dataset(const SeriesOptions& options, SeriesCatalog catalog,
                                             std::vector<Problem>& problems);

}  // namespace espalier::datasets
