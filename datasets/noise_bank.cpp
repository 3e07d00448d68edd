#include "datasets/noise_bank.h"

#include <algorithm>

#include "base/error.h"
#include "datasets/folder.h"

namespace espalier::datasets {

namespace fs = std::filesystem;

NoiseBank::NoiseBank(const fs::path& folder, const AudioWanted& wanted, std::int64_t clip_samples, bool skip)
    : clip_(clip_samples) {
  std::vector<fs::path> files;
  for (const auto& entry : entries_of(folder))
    if (is_audio_name(entry)) files.push_back(entry);
  for (const auto& file : files) {
    try {
      auto samples = read_audio(file, wanted);
      const auto period = samples.size();
      while (static_cast<std::int64_t>(samples.size()) < clip_) samples.push_back(samples[samples.size() - period]);
      audio_.push_back(std::move(samples));
      names_.push_back(file.filename().string());
    } catch (const Error&) {
      if (!skip) throw;
      ++skipped_;
    }
  }
  divide();
}

void NoiseBank::divide() {
  std::vector<std::size_t> whole;
  for (std::size_t i = 0; i < audio_.size(); ++i) {
    const auto length = static_cast<std::int64_t>(audio_[i].size());
    if (length < 10 * clip_) {
      whole.push_back(i);
      continue;
    }
    const std::int64_t first = length * 8 / 10, second = length * 9 / 10;
    regions_[0].push_back({i, 0, first});
    regions_[1].push_back({i, first, second - first});
    regions_[2].push_back({i, second, length - second});
  }
  std::sort(whole.begin(), whole.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(stable_hash(names_[a]), a) < std::pair(stable_hash(names_[b]), b);
  });
  const auto count = whole.size(), fifth = (count + 2) / 5;
  const auto apart = count >= 3 ? std::max<std::size_t>(1, fifth) : std::size_t{0};
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t split = i < apart ? 1 : i < 2 * apart ? 2 : 0;
    regions_[split].push_back({whole[i], 0, static_cast<std::int64_t>(audio_[whole[i]].size())});
  }
}

std::int64_t NoiseBank::capacity(Split split) const {
  std::int64_t clips = 0;
  for (const auto& region : regions_[static_cast<std::size_t>(split)]) clips += region.length / clip_;
  return clips;
}

NoiseBank::Place NoiseBank::place(Split split, std::int64_t index) const {
  const auto& regions = regions_[static_cast<std::size_t>(split)];
  // Round-robin over the recordings, so that a few silences already hear all of them.
  for (std::int64_t round = 0;; ++round)
    for (const auto& region : regions)
      if (round < region.length / clip_ && index-- == 0) return {region.file, region.begin + round * clip_};
}

std::span<const std::int16_t> NoiseBank::fixed(Split split, std::int64_t index) const {
  const auto [file, begin] = place(split, index % capacity(split));
  return std::span(audio_[file]).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(clip_));
}

std::string NoiseBank::name(Split split, std::int64_t index) const {
  const auto [file, begin] = place(split, index % capacity(split));
  return names_[file] + "@" + std::to_string(begin);
}

std::span<const std::int16_t> NoiseBank::random(Split split, Random& random) const {
  const auto& regions = regions_[static_cast<std::size_t>(split)];
  const auto& region = regions[random.below(static_cast<std::uint32_t>(regions.size()))];
  const auto begin = region.begin + random.below(static_cast<std::uint32_t>(region.length - clip_ + 1));
  return std::span(audio_[region.file]).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(clip_));
}

}  // namespace espalier::datasets
