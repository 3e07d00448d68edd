#include <limits>
#include <string>

#include "catch.h"
#include "device_runtime/audio_frontend.h"

namespace {

template <typename Change>
espalier_audio_status after(Change change) {
  espalier_audio_spec spec = espalier_audio_default_spec();
  change(spec);
  return espalier_audio_check(&spec);
}

}  // namespace

TEST_CASE("the default front end gives 49 frames of 10 features for a second") {
  const espalier_audio_spec spec = espalier_audio_default_spec();
  CHECK(espalier_audio_check(&spec) == ESPALIER_AUDIO_OK);
  CHECK(espalier_audio_features(&spec) == 10);
  CHECK(espalier_audio_frames(&spec, 16000) == 49);
  CHECK(espalier_audio_frames(&spec, 639) == 0);
  CHECK(espalier_audio_frames(&spec, 640) == 1);
  CHECK(espalier_audio_frames(&spec, 959) == 1);
  CHECK(espalier_audio_frames(&spec, 960) == 2);
  CHECK(espalier_audio_work_elements(&spec) == ESPALIER_AUDIO_WORK_ELEMENTS(1024, 40));
}

TEST_CASE("log-mel has a feature a band") {
  espalier_audio_spec spec = espalier_audio_default_spec();
  spec.coefficients = 0;
  CHECK(espalier_audio_features(&spec) == 40);
}

TEST_CASE("each unsound specification is refused for what is wrong with it") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(after([](auto& s) { s.sample_rate = 0; }) == ESPALIER_AUDIO_BAD_RATE);
  CHECK(after([](auto& s) { s.window_samples = 1; }) == ESPALIER_AUDIO_BAD_WINDOW);
  CHECK(after([](auto& s) { s.window_samples = 1025; }) == ESPALIER_AUDIO_BAD_WINDOW);
  CHECK(after([](auto& s) { s.hop_samples = 0; }) == ESPALIER_AUDIO_BAD_WINDOW);
  CHECK(after([](auto& s) { s.fft_size = 1000; }) == ESPALIER_AUDIO_BAD_FFT);
  CHECK(after([](auto& s) { s.fft_size = 8192; }) == ESPALIER_AUDIO_BAD_FFT);
  CHECK(after([](auto& s) { s.fft_size = -1024; }) == ESPALIER_AUDIO_BAD_FFT);
  CHECK(after([](auto& s) { s.fft_size = std::numeric_limits<int>::min(); }) == ESPALIER_AUDIO_BAD_FFT);
  CHECK(after([](auto& s) { s.mel_bands = 0; }) == ESPALIER_AUDIO_BAD_BANDS);
  CHECK(after([](auto& s) { s.mel_bands = 129; }) == ESPALIER_AUDIO_BAD_BANDS);
  CHECK(after([](auto& s) { s.low_hz = -1; }) == ESPALIER_AUDIO_BAD_RANGE);
  CHECK(after([](auto& s) { s.low_hz = s.high_hz; }) == ESPALIER_AUDIO_BAD_RANGE);
  CHECK(after([](auto& s) { s.high_hz = 8001; }) == ESPALIER_AUDIO_BAD_RANGE);
  CHECK(after([&](auto& s) { s.high_hz = nan; }) == ESPALIER_AUDIO_BAD_RANGE);
  CHECK(after([](auto& s) { s.coefficients = 41; }) == ESPALIER_AUDIO_BAD_COEFFICIENTS);
  CHECK(after([](auto& s) { s.coefficients = -1; }) == ESPALIER_AUDIO_BAD_COEFFICIENTS);
  CHECK(after([](auto& s) { s.log_floor = 0; }) == ESPALIER_AUDIO_BAD_FLOOR);
  CHECK(after([&](auto& s) { s.log_floor = nan; }) == ESPALIER_AUDIO_BAD_FLOOR);
  CHECK(after([](auto& s) { s.mel_scale = 2; }) == ESPALIER_AUDIO_BAD_CHOICE);
  CHECK(after([](auto& s) { s.filter_norm = -1; }) == ESPALIER_AUDIO_BAD_CHOICE);
  CHECK(after([](auto& s) { s.spectrum = 7; }) == ESPALIER_AUDIO_BAD_CHOICE);
}

TEST_CASE("every status has a text of its own") {
  for (int status = 0; status <= ESPALIER_AUDIO_SMALL_OUTPUT; ++status)
    CHECK(std::string(espalier_audio_status_text(static_cast<espalier_audio_status>(status))) != "unknown status");
}
