// The fixed-point front end against the float one and against itself, over sounds meant to break it.
#include <algorithm>
#include <cmath>

#include "catch.h"
#include "device_runtime/frontend_signals.h"

using namespace espalier::device_runtime;
using namespace frontend_signals;

namespace {

struct Difference {
  double mean, worst;
};

// Fixed against float features, in natural-log units.
Difference against_float(const espalier_audio_spec& spec, const std::vector<std::int16_t>& pcm) {
  const auto tables = build_audio_tables(spec);
  const auto truth = float_features(tables, floats_of(pcm));
  const auto fixed = fixed_features(tables, pcm);
  REQUIRE(fixed.size() == truth.size());
  Difference difference{0, 0};
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const double off = std::abs(fixed[i] / 65536.0 - static_cast<double>(truth[i]));
    difference.mean += off / static_cast<double>(truth.size());
    difference.worst = std::max(difference.worst, off);
  }
  return difference;
}

std::vector<std::int16_t> repeated(std::size_t count, std::int16_t value) {
  return std::vector<std::int16_t>(count, value);
}

}  // namespace

TEST_CASE("fixed features of a voice are the float ones to 0.001 in the mean, 0.02 at worst") {
  for (double loudness : {1.0, 0.3, 0.03, 0.001})
    for (std::uint32_t seed = 0; seed < 4; ++seed) {
      const auto difference = against_float(espalier_audio_default_spec(), voice(seed, 16000, loudness));
      INFO("loudness " << loudness << " seed " << seed << " worst " << difference.worst);
      CHECK(difference.mean < 0.001);
      CHECK(difference.worst < 0.02);
    }
}

TEST_CASE("fixed features follow float ones for every FFT size, norm and spectrum") {
  for (int size : {64, 128, 256, 512, 2048, 4096})
    for (int spectrum : {ESPALIER_SPECTRUM_POWER, ESPALIER_SPECTRUM_MAGNITUDE})
      for (int coefficients : {0, 6}) {
        espalier_audio_spec spec = espalier_audio_default_spec();
        spec.fft_size = spec.window_samples = size;
        spec.hop_samples = size / 2;
        spec.mel_bands = 8;
        spec.low_hz = 100;
        spec.high_hz = 8000;
        spec.coefficients = coefficients;
        spec.spectrum = spec.filter_norm = spectrum;
        spec.mel_scale = coefficients == 0 ? ESPALIER_MEL_SLANEY : ESPALIER_MEL_HTK;
        const auto difference = against_float(spec, voice(9, 16000));
        INFO("fft " << size << " spectrum " << spectrum << " worst " << difference.worst);
        CHECK(difference.mean < 0.001);
        CHECK(difference.worst < 0.02);
      }
}

TEST_CASE("the loudest and strangest sounds neither overflow nor stray from the float features") {
  std::vector<std::int16_t> square(3200), alternating(3200), impulse(3200), noise(3200), tone(3200);
  Noise source(5);
  for (std::size_t i = 0; i < square.size(); ++i) {
    square[i] = i % 32 < 16 ? 32767 : -32768;
    alternating[i] = i % 2 ? -32768 : 32767;
    impulse[i] = i % 640 == 320 ? -32768 : 0;
    noise[i] = pcm_of(source.next());
    tone[i] = pcm_of(std::cos(2 * 3.14159265358979 * 1000.0 * static_cast<double>(i) / 16000.0));
  }
  espalier_audio_spec spec = espalier_audio_default_spec();
  spec.window_samples = spec.fft_size;
  spec.low_hz = 0;
  spec.high_hz = 8000;
  spec.coefficients = 0;
  // Bands some 100 dB below a full-scale tone show the 16-bit window: hence a floor that a microphone has anyway.
  spec.log_floor = 1e-5f;
  for (const auto& pcm : {square, alternating, impulse, noise, tone, repeated(3200, -32768), repeated(3200, 32767),
                          repeated(3200, 0), repeated(3200, 1), repeated(3200, -1)}) {
    const auto difference = against_float(spec, pcm);
    INFO("worst " << difference.worst);
    CHECK(difference.worst < 0.05);
  }
}

TEST_CASE("silence is the floor, exactly") {
  const auto tables = build_audio_tables([] {
    auto spec = espalier_audio_default_spec();
    spec.coefficients = 0;
    return spec;
  }());
  for (std::int32_t feature : fixed_features(tables, repeated(640, 0))) CHECK(feature == tables.fixed_log_floor);
  CHECK(tables.fixed_log_floor == std::lround(65536 * std::log(double{1e-6f})));
}

TEST_CASE("frame by frame, by clip and by blocks the fixed features are equal") {
  for (int spectrum : {ESPALIER_SPECTRUM_POWER, ESPALIER_SPECTRUM_MAGNITUDE}) {
    auto spec = espalier_audio_default_spec();
    spec.spectrum = spectrum;
    const auto tables = build_audio_tables(spec);
    const auto constants = tables.fixed_tables();
    for (std::size_t length : {std::size_t{640}, std::size_t{3199}, std::size_t{16000}}) {
      const auto pcm = voice(11, length);
      const auto clip = fixed_features(tables, pcm);
      std::vector<std::int32_t> work(ESPALIER_AUDIO_BLOCK * espalier_audio_work_elements(&spec), -1);
      std::vector<std::int32_t> blocks(clip.size()), stream(clip.size());
      CHECK(espalier_audio_fixed_clip_blocks(&constants, pcm.data(), length, work.data(), work.size(), blocks.data(),
                                             blocks.size()) == ESPALIER_AUDIO_OK);
      for (std::size_t frame = 0; frame < espalier_audio_frames(&spec, length); ++frame)
        espalier_audio_fixed_frame(&constants, pcm.data() + frame * 320, work.data(), stream.data() + frame * 10);
      CHECK(clip == blocks);
      CHECK(clip == stream);
    }
  }
}

TEST_CASE("fixed features of a known sound are these numbers on every processor") {
  const auto tables = build_audio_tables(espalier_audio_default_spec());
  std::vector<std::int16_t> pcm(16000);
  std::uint32_t state = 1;
  for (auto& sample : pcm) {
    state = state * 1664525u + 1013904223u;
    sample = static_cast<std::int16_t>(static_cast<std::int32_t>(state >> 18) - 8192);
  }
  std::uint32_t hash = 2166136261u;
  for (std::int32_t feature : fixed_features(tables, pcm))
    for (int byte = 0; byte < 4; ++byte)
      hash = (hash ^ (static_cast<std::uint32_t>(feature) >> (8 * byte) & 255u)) * 16777619u;
  CHECK(hash == 0x8abd6af6u);
}
