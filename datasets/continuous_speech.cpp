#include "datasets/continuous_speech.h"

#include <algorithm>
#include <cmath>

#include "base/random.h"

namespace espalier::datasets {
namespace {

std::vector<std::int64_t> in_random_order(std::vector<std::int64_t> samples, Random& random) {
  for (std::size_t i = samples.size(); i > 1; --i)
    std::swap(samples[i - 1], samples[static_cast<std::size_t>(random.below(i))]);
  return samples;
}

void add(std::vector<std::int16_t>& track, std::int64_t begin, const std::vector<std::int16_t>& sound, double factor) {
  for (std::size_t i = 0; i < sound.size(); ++i) {
    auto& sample = track[static_cast<std::size_t>(begin) + i];
    const auto sum = static_cast<long>(sample) + std::lround(factor * sound[i]);
    sample = static_cast<std::int16_t>(std::clamp(sum, -32768L, 32767L));
  }
}

/// Pieces of noise end to end below the whole track, each at a volume of its own.
void add_noise(ContinuousSpeech& speech, const Dataset& data, Split split, const std::vector<std::int64_t>& silences,
               const ContinuousOptions& options, Random& random) {
  for (std::int64_t at = 0, i = 0; !silences.empty() && at < static_cast<std::int64_t>(speech.samples.size()); ++i) {
    auto noise = data.recording(split, silences[static_cast<std::size_t>(i) % silences.size()]);
    noise.resize(std::min(noise.size(), speech.samples.size() - static_cast<std::size_t>(at)));
    if (noise.empty()) return;
    const double factor = options.least_noise + (options.most_noise - options.least_noise) * random.uniform();
    add(speech.samples, at, noise, factor);
    at += static_cast<std::int64_t>(noise.size());
  }
}

}  // namespace

ContinuousSpeech continuous_speech(const Dataset& data, Split split, const ContinuousOptions& options) {
  Random random(options.seed, "continuous_speech", 0, static_cast<std::uint64_t>(split));
  std::vector<std::int64_t> clips, silences;
  for (std::int64_t i = 0; i < data.size(split); ++i)
    (data.label(split, i) == options.silence ? silences : clips).push_back(i);
  ContinuousSpeech speech;
  const auto gap = [&] {
    const double seconds = options.least_gap + (options.most_gap - options.least_gap) * random.uniform();
    return static_cast<std::size_t>(std::lround(seconds * static_cast<double>(options.rate)));
  };
  for (const auto clip : in_random_order(std::move(clips), random)) {
    speech.samples.resize(speech.samples.size() + gap());
    const auto sound = data.recording(split, clip);
    const auto begin = static_cast<std::int64_t>(speech.samples.size());
    speech.samples.insert(speech.samples.end(), sound.begin(), sound.end());
    speech.utterances.push_back({begin, static_cast<std::int64_t>(speech.samples.size()), data.label(split, clip)});
  }
  speech.samples.resize(speech.samples.size() + gap());
  add_noise(speech, data, split, in_random_order(std::move(silences), random), options, random);
  return speech;
}

}  // namespace espalier::datasets
