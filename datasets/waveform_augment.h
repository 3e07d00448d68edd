// What may happen to a recording before its features are computed, and to the features.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "datasets/noise_bank.h"
#include "schema/readers.h"

namespace espalier::datasets {

/// `noise:` background recordings mixed in.
struct NoiseOptions {
  double probability = 0.8;
  std::vector<double> volume = {0, 0.1}, snr;
  static void describe(schema::Describe<NoiseOptions>& d);
};

/// `spec_augment:` stripes of features replaced by the clip's mean (Park et al. 2019, arXiv:1904.08779).
struct SpecAugmentOptions {
  std::int64_t frequency_masks = 0, frequency_width = 2, time_masks = 0, time_width = 8;
  static void describe(schema::Describe<SpecAugmentOptions>& d);
};

/// `partial_words:` what a window over continuous speech mostly holds: the end or the beginning of a word.
struct PartialWordOptions {
  double share = 0;
  schema::Milliseconds least{400}, most{900};
  static void describe(schema::Describe<PartialWordOptions>& d);
};

/// The recipe's `augment:` block as it is written.
struct AugmentOptions {
  std::int64_t views = 0;
  schema::Milliseconds time_shift{100};
  std::vector<double> speed = {1, 1}, volume = {0, 0}, silence_volume = {0, 1};
  schema::Part noise, spec_augment, partial_words;
  static void describe(schema::Describe<AugmentOptions>& d);
};

/// Changes a clip; a function of its arguments alone.
class WaveformAugment {
 public:
  WaveformAugment() = default;
  /// Reads the block; Problems carry the line of the key.
  WaveformAugment(const schema::Value& block, std::vector<Problem>& problems);

  std::int64_t views() const { return options_.views; }
  bool wants_noise() const { return noise_.probability > 0; }
  bool wants_partial_words() const { return partial_words_.share > 0; }

  /// Whether this clip of `_unknown_` is replaced by a part of another, and then how far that one is moved, in samples:
  /// forwards (its beginning is left) or backwards (its end).
  std::optional<std::int64_t> partial_word(std::int64_t rate, Random& random) const;

  /// In this order: another speed (linear interpolation), a shift in time (zeros move in), a gain, noise from the
  /// training part of `bank` with peak volumes or a signal-to-noise ratio; rounded and saturated. In and out may not
  /// overlap. Noise of a volume v adds v times the recording; of an snr, power relative to the clip after its gain.
  void speech(std::span<const std::int16_t> clip, std::int64_t rate, const NoiseBank& bank, Random& random,
              std::span<std::int16_t> out) const;
  /// Silence in training: another piece of noise at a random volume, or digital silence where there is none.
  void silence(const NoiseBank& bank, Random& random, std::span<std::int16_t> out) const;
  /// Stripes of rows (time) and columns (frequency) of [frames, columns] become the clip's mean of each column.
  void features(std::int64_t frames, std::int64_t columns, Random& random, std::span<float> features) const;

 private:
  AugmentOptions options_;
  NoiseOptions noise_;
  SpecAugmentOptions masks_;
  PartialWordOptions partial_words_;
};

}  // namespace espalier::datasets
