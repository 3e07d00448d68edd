#include "datasets/waveform_augment.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "datasets/key_range.h"

namespace espalier::datasets {

void NoiseOptions::describe(schema::Describe<NoiseOptions>& d) {
  d.about("background recordings mixed in");
  d.key("probability", &NoiseOptions::probability, "share of clips that get noise").range(0, 1);
  d.key("volume", &NoiseOptions::volume, "[least, most] factor of the noise recording, in [0, 1]");
  d.key("snr", &NoiseOptions::snr, "[least, most] dB of speech over noise, in [-20, 60]; in place of volume");
}

void SpecAugmentOptions::describe(schema::Describe<SpecAugmentOptions>& d) {
  d.about("stripes of the features replaced by their mean", "Park et al. 2019, arXiv:1904.08779");
  d.key("frequency_masks", &SpecAugmentOptions::frequency_masks, "stripes of coefficients").range(0, 10);
  d.key("frequency_width", &SpecAugmentOptions::frequency_width, "widest stripe, in coefficients").range(0, 128);
  d.key("time_masks", &SpecAugmentOptions::time_masks, "stripes of frames").range(0, 10);
  d.key("time_width", &SpecAugmentOptions::time_width, "widest stripe, in frames").range(0, 1000);
}

void PartialWordOptions::describe(schema::Describe<PartialWordOptions>& d) {
  d.about("parts of words, as a window over continuous speech holds them, among the training clips of _unknown_");
  d.key("share", &PartialWordOptions::share, "of the clips of _unknown_, replaced by a part of any word").range(0, 1);
  d.key("least", &PartialWordOptions::least, "by which a word is moved out of its clip").range(0, 10000);
  d.key("most", &PartialWordOptions::most, "the same, at most").range(0, 10000);
}

void AugmentOptions::describe(schema::Describe<AugmentOptions>& d) {
  d.about("how training clips vary from epoch to epoch");
  d.key("views", &AugmentOptions::views, "variants of a clip before they repeat and are cached; 0: endless")
      .range(0, 10000);
  d.key("time_shift", &AugmentOptions::time_shift, "farthest shift, both ways").range(0, 10000);
  d.key("speed", &AugmentOptions::speed, "[slowest, fastest] factor, in [0.5, 2]");
  d.key("volume", &AugmentOptions::volume, "[least, most] gain in dB, in [-60, 40]");
  d.key("silence_volume", &AugmentOptions::silence_volume, "[least, most] factor of training silence, in [0, 1]");
  d.key("noise", &AugmentOptions::noise, "block: probability, volume or snr").type = "block";
  d.key("spec_augment", &AugmentOptions::spec_augment,
        "block: frequency_masks, frequency_width, time_masks, time_width")
      .type = "block";
  d.key("partial_words", &AugmentOptions::partial_words, "block: share, least, most; for keywords in a stream").type =
      "block";
}

namespace {

float decibels(double gain) { return static_cast<float>(std::pow(10.0, gain / 20.0)); }

double power_of(std::span<const float> audio) {
  double sum = 0;
  for (const float sample : audio) sum += static_cast<double>(sample) * static_cast<double>(sample);
  return sum / static_cast<double>(std::max<std::size_t>(1, audio.size()));
}

/// out[i] = clip[(i - shift) * speed], linear between samples, zero outside.
void move_in_time(std::span<const std::int16_t> clip, std::int64_t shift, double speed, std::span<float> out) {
  const auto last = static_cast<std::int64_t>(clip.size()) - 1;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(out.size()); ++i) {
    if (speed == 1.0) {
      const auto from = i - shift;
      out[static_cast<std::size_t>(i)] =
          from >= 0 && from <= last ? static_cast<float>(clip[static_cast<std::size_t>(from)]) : 0.0f;
      continue;
    }
    const double at = static_cast<double>(i - shift) * speed;
    const auto from = static_cast<std::int64_t>(std::floor(at));
    const auto sample = [&](std::int64_t k) {
      return k >= 0 && k <= last ? static_cast<float>(clip[static_cast<std::size_t>(k)]) : 0.0f;
    };
    const auto part = static_cast<float>(at - static_cast<double>(from));
    out[static_cast<std::size_t>(i)] = sample(from) + part * (sample(from + 1) - sample(from));
  }
}

void round_to(std::span<const float> audio, std::span<std::int16_t> out) {
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<std::int16_t>(std::nearbyint(std::clamp(audio[i], -32768.0f, 32767.0f)));
}

}  // namespace

WaveformAugment::WaveformAugment(const schema::Value& block, std::vector<Problem>& problems)
    : options_(schema::read_options<AugmentOptions>(block, "augment", problems)),
      noise_(schema::read_options<NoiseOptions>(options_.noise.value, "augment.noise", problems)),
      masks_(schema::read_options<SpecAugmentOptions>(options_.spec_augment.value, "augment.spec_augment", problems)),
      partial_words_(
          schema::read_options<PartialWordOptions>(options_.partial_words.value, "augment.partial_words", problems)) {
  if (partial_words_.least.value > partial_words_.most.value)
    problems.push_back({options_.partial_words.value.origin().text(), "partial_words: least is more than most"});
  check_range(block, "speed", options_.speed, problems, {0.5, 2});
  check_range(block, "volume", options_.volume, problems, {-60, 40});
  check_range(block, "silence_volume", options_.silence_volume, problems, {0, 1});
  check_range(options_.noise.value, "volume", noise_.volume, problems, {0, 1});
  if (noise_.snr.empty()) return;
  check_range(options_.noise.value, "snr", noise_.snr, problems, {-20, 60});
  if (const auto* volume = options_.noise.value.find("volume"); volume && !volume->is_null())
    problems.push_back({volume->origin().text(), "augment.noise takes either volume or snr, not both"});
}

std::optional<std::int64_t> WaveformAugment::partial_word(std::int64_t rate, Random& random) const {
  const bool wanted = random.uniform() < partial_words_.share;
  const double milliseconds = random.uniform(partial_words_.least.value, partial_words_.most.value);
  const bool backwards = random.below(2) == 0;
  if (!wanted) return {};
  const auto moved = static_cast<std::int64_t>(milliseconds * static_cast<double>(rate) / 1000.0);
  return backwards ? -moved : moved;
}

void WaveformAugment::speech(std::span<const std::int16_t> clip, std::int64_t rate, const NoiseBank& bank,
                             Random& random, std::span<std::int16_t> out) const {
  thread_local std::vector<float> audio;
  audio.resize(out.size());
  // Every draw is made whether it is used or not: a recipe that changes one setting keeps the others' values.
  const double speed = random.uniform(options_.speed[0], options_.speed[1]);
  const auto most = static_cast<std::int64_t>(options_.time_shift.value * static_cast<double>(rate) / 1000.0);
  const auto shift = static_cast<std::int64_t>(random.below(static_cast<std::uint32_t>(2 * most + 1))) - most;
  const double gain = random.uniform(options_.volume[0], options_.volume[1]);
  const bool noisy = random.uniform() < noise_.probability;
  const double level = random.uniform();

  move_in_time(clip, shift, speed, audio);
  if (gain != 0)
    for (const float factor = decibels(gain); float& sample : audio) sample *= factor;
  if (noisy && !bank.empty(Split::train)) {
    const auto noise = bank.random(Split::train, random);
    float factor = static_cast<float>(noise_.volume[0] + (noise_.volume[1] - noise_.volume[0]) * level);
    if (!noise_.snr.empty()) {
      thread_local std::vector<float> background;
      background.assign(noise.begin(), noise.end());
      const double ratio = power_of(audio) / std::max(1.0, power_of(background));
      factor =
          static_cast<float>(std::sqrt(ratio)) * decibels(-(noise_.snr[0] + (noise_.snr[1] - noise_.snr[0]) * level));
    }
    for (std::size_t i = 0; i < audio.size(); ++i) audio[i] += factor * static_cast<float>(noise[i]);
  }
  round_to(audio, out);
}

void WaveformAugment::silence(const NoiseBank& bank, Random& random, std::span<std::int16_t> out) const {
  std::fill(out.begin(), out.end(), std::int16_t{0});
  if (bank.empty(Split::train)) return;
  const auto factor = static_cast<float>(random.uniform(options_.silence_volume[0], options_.silence_volume[1]));
  const auto noise = bank.random(Split::train, random);
  thread_local std::vector<float> audio;
  audio.assign(noise.begin(), noise.end());
  for (float& sample : audio) sample *= factor;
  round_to(audio, out);
}

void WaveformAugment::features(std::int64_t frames, std::int64_t columns, Random& random,
                               std::span<float> features) const {
  if (masks_.frequency_masks + masks_.time_masks == 0) return;
  std::vector<float> mean(static_cast<std::size_t>(columns));
  for (std::size_t i = 0; i < features.size(); ++i) mean[i % mean.size()] += features[i];
  for (float& value : mean) value /= static_cast<float>(frames);
  const auto stripe = [&](std::int64_t extent, std::int64_t widest) {
    const auto width =
        static_cast<std::int64_t>(random.below(static_cast<std::uint32_t>(std::min(extent, widest)) + 1));
    const auto begin = static_cast<std::int64_t>(random.below(static_cast<std::uint32_t>(extent - width) + 1));
    return std::pair(begin, begin + width);
  };
  const auto blank = [&](std::int64_t frame, std::int64_t column) {
    features[static_cast<std::size_t>(frame * columns + column)] = mean[static_cast<std::size_t>(column)];
  };
  for (std::int64_t mask = 0; mask < masks_.frequency_masks; ++mask) {
    const auto [begin, end] = stripe(columns, masks_.frequency_width);
    for (std::int64_t frame = 0; frame < frames; ++frame)
      for (std::int64_t column = begin; column < end; ++column) blank(frame, column);
  }
  for (std::int64_t mask = 0; mask < masks_.time_masks; ++mask) {
    const auto [begin, end] = stripe(frames, masks_.time_width);
    for (std::int64_t frame = begin; frame < end; ++frame)
      for (std::int64_t column = 0; column < columns; ++column) blank(frame, column);
  }
}

}  // namespace espalier::datasets
