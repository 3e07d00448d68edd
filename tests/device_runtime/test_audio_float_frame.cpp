// The float front end against its definition in double precision, and against itself by other ways.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "catch.h"
#include "device_runtime/frontend_signals.h"

using namespace espalier::device_runtime;
using namespace frontend_signals;

namespace {

double worst_difference(const espalier_audio_spec& spec, const std::vector<std::int16_t>& pcm) {
  const auto features = float_features(build_audio_tables(spec), floats_of(pcm));
  const auto truth = reference_features(spec, pcm);
  REQUIRE(features.size() == truth.size());
  double worst = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) worst = std::max(worst, std::abs(features[i] - truth[i]));
  return worst;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace

TEST_CASE("float features are the definition's, for every FFT size, scale, norm and spectrum") {
  for (int size : {16, 32, 64, 128, 256, 512, 1024, 2048}) {
    espalier_audio_spec spec = espalier_audio_default_spec();
    spec.fft_size = size;
    spec.window_samples = size * 5 / 8 | 1;
    spec.hop_samples = size / 2;
    spec.low_hz = 0;
    spec.high_hz = 8000;
    spec.mel_bands = size >= 256 ? 20 : 4;
    spec.coefficients = size >= 256 ? 13 : 4;
    spec.mel_scale = size % 96 == 0 ? ESPALIER_MEL_SLANEY : ESPALIER_MEL_HTK;
    if (size < 64) spec.mel_bands = spec.coefficients = 2;
    for (int spectrum : {ESPALIER_SPECTRUM_POWER, ESPALIER_SPECTRUM_MAGNITUDE}) {
      spec.spectrum = spectrum;
      spec.filter_norm = spectrum;
      INFO("fft " << size << " spectrum " << spectrum);
      CHECK(worst_difference(spec, voice(3, static_cast<std::size_t>(size) * 4)) < 2e-4);
    }
  }
}

TEST_CASE("log-mel and MFCC of a second of voice are the definition's to 1e-4") {
  espalier_audio_spec spec = espalier_audio_default_spec();
  CHECK(worst_difference(spec, voice(1, 3200)) < 1e-4);
  spec.coefficients = 0;
  CHECK(worst_difference(spec, voice(2, 3200)) < 1e-4);
  spec.mel_scale = ESPALIER_MEL_SLANEY;
  spec.filter_norm = ESPALIER_FILTER_NORM_SLANEY;
  CHECK(worst_difference(spec, voice(4, 3200)) < 1e-4);
}

TEST_CASE("frame by frame, by clip, by blocks and from PCM the float features have the same bits") {
  const auto tables = build_audio_tables(espalier_audio_default_spec());
  const auto constants = tables.float_tables();
  for (std::size_t length : {std::size_t{640}, std::size_t{3000}, std::size_t{3199}, std::size_t{16000}}) {
    const auto pcm = voice(static_cast<std::uint32_t>(length), length);
    const auto samples = floats_of(pcm);
    const auto clip = float_features(tables, samples);
    const std::size_t elements = espalier_audio_work_elements(&tables.spec);
    std::vector<float> work(ESPALIER_AUDIO_BLOCK * elements, std::numeric_limits<float>::quiet_NaN());
    std::vector<float> blocks(clip.size()), stream(clip.size()), from_pcm(clip.size());
    CHECK(espalier_audio_float_clip_blocks(&constants, samples.data(), length, work.data(), work.size(), blocks.data(),
                                           blocks.size()) == ESPALIER_AUDIO_OK);
    for (std::size_t frame = 0; frame < espalier_audio_frames(&tables.spec, length); ++frame) {
      espalier_audio_float_frame(&constants, samples.data() + frame * 320, work.data(), stream.data() + frame * 10);
      espalier_audio_float_frame_pcm(&constants, pcm.data() + frame * 320, work.data(), from_pcm.data() + frame * 10);
    }
    CHECK(same_bits(clip, blocks));
    CHECK(same_bits(clip, stream));
    CHECK(same_bits(clip, from_pcm));
  }
}

TEST_CASE("float features are finite for silence, clipping, a constant, an impulse and broken samples") {
  const auto tables = build_audio_tables(espalier_audio_default_spec());
  const auto all_finite = [&](const std::vector<float>& samples) {
    const auto features = float_features(tables, samples);
    return std::all_of(features.begin(), features.end(), [](float value) { return std::isfinite(value); });
  };
  std::vector<float> impulse(1280), square(1280);
  impulse[300] = 1.0f;
  for (std::size_t i = 0; i < square.size(); ++i) square[i] = i % 40 < 20 ? 1.0f : -1.0f;
  CHECK(all_finite(std::vector<float>(1280, 0.0f)));
  CHECK(all_finite(std::vector<float>(1280, -1.0f)));
  CHECK(all_finite(std::vector<float>(1280, 1e-30f)));
  CHECK(all_finite(std::vector<float>(1280, std::numeric_limits<float>::quiet_NaN())));
  CHECK(all_finite(std::vector<float>(1280, std::numeric_limits<float>::infinity())));
  CHECK(all_finite(impulse));
  CHECK(all_finite(square));
}

TEST_CASE("silence is the floor: the first coefficient is sqrt(bands) ln(floor), the others are zero") {
  const auto features =
      float_features(build_audio_tables(espalier_audio_default_spec()), std::vector<float>(640, 0.0f));
  CHECK(features[0] == Approx(std::sqrt(40.0) * std::log(1e-6)));
  for (std::size_t i = 1; i < 10; ++i) CHECK(features[i] == Approx(0.0).margin(1e-4));
}

TEST_CASE("a buffer that is too small is refused and nothing is written") {
  const auto tables = build_audio_tables(espalier_audio_default_spec());
  const auto constants = tables.float_tables();
  std::vector<float> samples(16000), work(ESPALIER_AUDIO_BLOCK * espalier_audio_work_elements(&tables.spec)),
      out(490, 7.0f);
  const auto clip = [&](std::size_t count, std::size_t elements, std::size_t capacity) {
    return espalier_audio_float_clip(&constants, samples.data(), count, work.data(), elements, out.data(), capacity);
  };
  CHECK(clip(639, work.size(), 490) == ESPALIER_AUDIO_SHORT_CLIP);
  CHECK(clip(16000, espalier_audio_work_elements(&tables.spec) - 1, 490) == ESPALIER_AUDIO_SMALL_WORK);
  CHECK(clip(16000, work.size(), 489) == ESPALIER_AUDIO_SMALL_OUTPUT);
  CHECK(espalier_audio_float_clip_blocks(&constants, samples.data(), 16000, work.data(), work.size() - 1, out.data(),
                                         490) == ESPALIER_AUDIO_SMALL_WORK);
  CHECK(std::all_of(out.begin(), out.end(), [](float value) { return value == 7.0f; }));
}
