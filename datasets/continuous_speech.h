// Minutes of sound in which a split's clips are spoken one after the other, as a device hears them.
#pragma once
#include <cstdint>
#include <vector>

#include "datasets/dataset.h"

namespace espalier::datasets {

/// [begin, end) in samples.
struct Utterance {
  std::int64_t begin = 0, end = 0, label = 0;
};

struct ContinuousSpeech {
  std::vector<std::int16_t> samples;
  std::vector<Utterance> utterances;  ///< in time; recordings of silence are none
};

struct ContinuousOptions {
  std::int64_t rate = 16000;                    ///< of the recordings
  double least_gap = 0.5, most_gap = 2;         ///< seconds between two clips
  double least_noise = 0.05, most_noise = 0.5;  ///< factor of the recordings of silence beneath
  std::int64_t silence = -1;                    ///< the label whose recordings are the noise; -1: there are none
  std::uint64_t seed = 1;
};

/// Every clip of the split once, in an order that the seed decides, over the split's own noise. Sums saturate.
/// Throws Error(failed) for data without recordings (Dataset::recording).
ContinuousSpeech continuous_speech(const Dataset& data, Split split, const ContinuousOptions& options);

}  // namespace espalier::datasets
