#include "datasets/waveform_augment.h"

#include <algorithm>
#include <cmath>

#include "catch.h"
#include "small_corpus.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

WaveformAugment augment_of(const std::string& yaml) {
  std::vector<Problem> problems;
  WaveformAugment augment(schema::parse(yaml, "recipe.yaml"), problems);
  refuse(problems);
  return augment;
}

std::vector<std::int16_t> changed(const WaveformAugment& augment, const std::vector<std::int16_t>& clip,
                                  std::uint64_t sample, const NoiseBank& bank = {}) {
  Random random(1, "augment", 0, sample);
  std::vector<std::int16_t> out(clip.size());
  augment.speech(clip, 16000, bank, random, out);
  return out;
}

double power(const std::vector<std::int16_t>& audio) {
  double sum = 0;
  for (const auto sample : audio) sum += static_cast<double>(sample) * sample;
  return sum / static_cast<double>(audio.size());
}

const std::string still = "time_shift: 0 ms\nnoise: {probability: 0}\n";

}  // namespace

TEST_CASE("augment: with everything off a clip passes bit by bit") {
  const auto clip = tone(16000, 700, 1);
  CHECK(changed(augment_of(still), clip, 3) == clip);
}

TEST_CASE("augment: shifts stay within the limit both ways, and zeros move in") {
  const auto augment = augment_of("time_shift: 10 ms\nnoise: {probability: 0}");
  std::vector<std::int16_t> clip(16000, 0);
  clip[8000] = 1000;
  std::int64_t least = 0, most = 0;
  for (std::uint64_t sample = 0; sample < 400; ++sample) {
    const auto out = changed(augment, clip, sample);
    const auto shift = std::max_element(out.begin(), out.end()) - out.begin() - 8000;
    CHECK(std::count(out.begin(), out.end(), 0) == 15999);
    least = std::min<std::int64_t>(least, shift), most = std::max<std::int64_t>(most, shift);
  }
  CHECK(least < -140);
  CHECK(least >= -160);
  CHECK(most > 140);
  CHECK(most <= 160);
}

TEST_CASE("augment: volume is a gain in decibels that saturates") {
  const auto clip = tone(16000, 700, 1);
  const double louder = power(changed(augment_of(still + "volume: [6, 6]"), clip, 1)) / power(clip);
  CHECK(10 * std::log10(louder) == Approx(6).margin(0.01));
  const auto clipped = changed(augment_of(still + "volume: [40, 40]"), clip, 1);
  CHECK(*std::max_element(clipped.begin(), clipped.end()) == 32767);
  CHECK(*std::min_element(clipped.begin(), clipped.end()) == -32768);
}

TEST_CASE("augment: speed moves the pitch") {
  const auto clip = tone(16000, 500, 1);
  const auto crossings = [](const std::vector<std::int16_t>& audio) {
    int count = 0;
    for (std::size_t i = 1; i < 12000; ++i) count += audio[i - 1] < 0 && audio[i] >= 0;
    return count;
  };
  CHECK(crossings(changed(augment_of(still + "speed: [1.2, 1.2]"), clip, 1)) ==
        Approx(1.2 * crossings(clip)).epsilon(0.02));
}

TEST_CASE("augment: noise by volume and by signal-to-noise ratio") {
  Folder folder("augment_noise");
  write_bytes(folder.path() / "hum.wav", wav_bytes(tone(16000 * 20, 120, 5)));
  const NoiseBank bank(folder.path(), {}, 16000, false);
  const auto clip = tone(16000, 700, 1);
  const auto added = [&](const std::string& noise) {
    auto out = changed(augment_of("time_shift: 0 ms\nnoise: " + noise), clip, 1, bank);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::int16_t>(out[i] - clip[i]);
    return power(out);
  };
  const double noise = power(tone(16000, 120, 5));
  CHECK(added("{probability: 1, volume: [0.1, 0.1]}") == Approx(0.01 * noise).epsilon(0.02));
  CHECK(10 * std::log10(power(clip) / added("{probability: 1, snr: [12, 12]}")) == Approx(12).margin(0.1));
  CHECK(added("{probability: 0}") == 0);
  int noisy = 0;
  const auto often = augment_of("time_shift: 0 ms\nnoise: {probability: 0.7, volume: [0.1, 0.1]}");
  for (std::uint64_t sample = 0; sample < 500; ++sample) noisy += changed(often, clip, sample, bank) != clip;
  CHECK(noisy == Approx(350).margin(40));
}

TEST_CASE("augment: silence is noise at a random volume, or nothing") {
  Folder folder("augment_silence");
  write_bytes(folder.path() / "hum.wav", wav_bytes(tone(16000 * 20, 120, 5)));
  const NoiseBank bank(folder.path(), {}, 16000, false);
  const auto augment = augment_of("silence_volume: [0.5, 0.5]");
  std::vector<std::int16_t> out(16000, 7);
  Random random(1, "augment");
  augment.silence(bank, random, out);
  CHECK(power(out) == Approx(0.25 * power(tone(16000, 120, 5))).epsilon(0.02));
  augment.silence({}, random, out);
  CHECK(power(out) == 0);
}

TEST_CASE("augment: spec_augment blanks stripes with the clip's mean of each column") {
  const auto augment =
      augment_of("spec_augment: {frequency_masks: 1, frequency_width: 3, time_masks: 1, time_width: 6}");
  std::vector<float> before(49 * 10);
  for (std::size_t i = 0; i < before.size(); ++i) before[i] = static_cast<float>(i * i % 97);
  std::size_t most = 0;
  for (std::uint64_t sample = 0; sample < 200; ++sample) {
    auto after = before;
    Random random(1, "spec_augment", 0, sample);
    augment.features(49, 10, random, after);
    std::size_t changed_values = 0;
    for (std::size_t i = 0; i < after.size(); ++i) changed_values += after[i] != before[i];
    CHECK(changed_values <= 3 * 49 + 6 * 10);
    most = std::max(most, changed_values);
  }
  CHECK(most > 100);
}

TEST_CASE("augment: words are moved out of their clips both ways, as often and as far as asked") {
  const auto augment = augment_of("partial_words: {share: 0.25, least: 300 ms, most: 600 ms}");
  int moved = 0, backwards = 0;
  for (std::uint64_t sample = 0; sample < 2000; ++sample) {
    Random random(1, "partial_words", 0, sample);
    const auto by = augment.partial_word(16000, random);
    if (!by) continue;
    ++moved, backwards += *by < 0;
    CHECK(std::abs(*by) >= 4800);
    CHECK(std::abs(*by) <= 9600);
  }
  CHECK(moved == Approx(500).margin(60));
  CHECK(backwards == Approx(250).margin(45));
  CHECK_FALSE(augment_of("").wants_partial_words());
}

TEST_CASE("augment: impossible settings are refused at their line") {
  const auto origin_of = [](const std::string& yaml) {
    std::vector<Problem> problems;
    WaveformAugment(schema::parse(yaml, "recipe.yaml"), problems);
    return problems.empty() ? std::string("accepted") : problems[0].origin + " " + problems[0].text;
  };
  CHECK(origin_of("views: 2") == "accepted");
  CHECK(origin_of("views: 2\nspeed: [1.1, 0.9]").find("recipe.yaml:2:") == 0);
  CHECK(origin_of("volume: [0]").find("recipe.yaml:1:") == 0);
  CHECK(origin_of("noise:\n  volume: [0, 3]").find("recipe.yaml:2:") == 0);
  CHECK(origin_of("noise: {snr: [5, 20], volume: [0, 0.1]}").find("not both") != std::string::npos);
  CHECK(origin_of("noise: {probabilty: 1}").find("did you mean 'probability'") != std::string::npos);
  CHECK(origin_of("partial_words: {share: 1, least: 700 ms, most: 600 ms}").find("recipe.yaml:1:") == 0);
  CHECK(origin_of("time_shit: 1 ms").find("time_shift") != std::string::npos);
}
