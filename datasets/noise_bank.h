// Recordings without speech, cut so that training, validation and testing never share a sample.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "datasets/audio_file.h"
#include "datasets/dataset.h"

namespace espalier::datasets {

/// A folder of noise. A recording of ten clips or more is cut in time: 80 % for training, then 10 % and 10 %. Shorter
/// ones go to a split as a whole, 60 %, 20 % and 20 % of them by the hash of their names. Both ways only names and
/// lengths decide, never a seed.
class NoiseBank {
 public:
  NoiseBank() = default;
  /// Reads every audio file of `folder`; shorter ones than a clip are repeated to its length. Damaged files throw
  /// Error(mistake), or with `skip` are counted.
  NoiseBank(const std::filesystem::path& folder, const AudioWanted& wanted, std::int64_t clip_samples, bool skip);

  bool empty(Split split) const { return regions_[static_cast<std::size_t>(split)].empty(); }
  std::int64_t skipped() const { return skipped_; }
  std::int64_t files() const { return static_cast<std::int64_t>(audio_.size()); }
  /// Clips of the split that do not overlap.
  std::int64_t capacity(Split split) const;
  /// A clip at the `index`-th of capacity() places, spread over the split's recordings.
  std::span<const std::int16_t> fixed(Split split, std::int64_t index) const;
  /// "exercise_bike.wav@64000": which one that is.
  std::string name(Split split, std::int64_t index) const;
  /// A clip from anywhere in the split's material. The split must not be empty.
  std::span<const std::int16_t> random(Split split, Random& random) const;

 private:
  struct Region {
    std::size_t file = 0;
    std::int64_t begin = 0, length = 0;
  };
  struct Place {
    std::size_t file = 0;
    std::int64_t begin = 0;
  };
  void divide();
  Place place(Split split, std::int64_t index) const;
  std::vector<std::string> names_;
  std::vector<std::vector<std::int16_t>> audio_;
  std::array<std::vector<Region>, 3> regions_;
  std::int64_t clip_ = 0, skipped_ = 0;
};

}  // namespace espalier::datasets
