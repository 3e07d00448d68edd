#include <cmath>
#include <numeric>
#include <stdexcept>

#include "catch.h"
#include "device_runtime/audio_frontend_tables.h"

using namespace espalier::device_runtime;

TEST_CASE("mel scales pass through their known points and back") {
  CHECK(mel_of_hertz(1000.0, ESPALIER_MEL_SLANEY) == Approx(15.0));
  CHECK(mel_of_hertz(6400.0, ESPALIER_MEL_SLANEY) == Approx(42.0));
  CHECK(mel_of_hertz(700.0, ESPALIER_MEL_HTK) == Approx(2595.0 * std::log10(2.0)));
  for (int scale : {ESPALIER_MEL_SLANEY, ESPALIER_MEL_HTK})
    for (double hertz : {0.0, 20.0, 440.0, 999.0, 1000.0, 4000.0, 8000.0})
      CHECK(hertz_of_mel(mel_of_hertz(hertz, scale), scale) == Approx(hertz).margin(1e-9));
}

TEST_CASE("the window is a periodic Hann window: two at half its length add to one") {
  const auto tables = build_audio_tables(espalier_audio_default_spec());
  REQUIRE(tables.window.size() == 640);
  for (std::size_t i = 0; i < 320; ++i) {
    CHECK(tables.window[i] + tables.window[i + 320] == Approx(1.0));
    CHECK(std::abs(tables.fixed_window[i] + tables.fixed_window[i + 320] - 32768) <= 1);
  }
  CHECK(tables.fixed_window[320] == 32768);
}

TEST_CASE("neighbouring triangles of height one add to one between the first and the last centre") {
  espalier_audio_spec spec = espalier_audio_default_spec();
  for (int scale : {ESPALIER_MEL_SLANEY, ESPALIER_MEL_HTK}) {
    spec.mel_scale = scale;
    const MelFilters filters = mel_filters(spec);
    std::vector<double> sum(513);
    std::size_t at = 0;
    for (std::size_t band = 0; band < filters.count.size(); ++band)
      for (std::size_t i = 0; i < filters.count[band]; ++i) sum[filters.first[band] + i] += filters.weights[at++];
    const double low = mel_of_hertz(20, scale), step = (mel_of_hertz(4000, scale) - low) / 41;
    const double first = hertz_of_mel(low + step, scale), last = hertz_of_mel(low + 40 * step, scale);
    for (std::size_t bin = 0; bin < sum.size(); ++bin) {
      const double hertz = static_cast<double>(bin) * 15.625;
      if (hertz > first && hertz < last) CHECK(sum[bin] == Approx(1.0));
      if (hertz < 20 || hertz > 4000) CHECK(sum[bin] == 0.0);
    }
  }
}

TEST_CASE("slaney filters have an area of one Hz") {
  espalier_audio_spec spec = espalier_audio_default_spec();
  spec.filter_norm = ESPALIER_FILTER_NORM_SLANEY;
  spec.fft_size = 4096;
  const auto tables = build_audio_tables(spec);
  const auto begin = tables.weights.end() - tables.bins_count.back();
  CHECK(std::accumulate(begin, tables.weights.end(), 0.0) * 16000 / 4096 == Approx(1.0).epsilon(0.01));
}

TEST_CASE("the rows of the DCT are orthonormal") {
  espalier_audio_spec spec = espalier_audio_default_spec();
  spec.coefficients = 40;
  const auto tables = build_audio_tables(spec);
  for (std::size_t a = 0; a < 40; ++a)
    for (std::size_t b = 0; b <= a; ++b) {
      double product = 0;
      for (std::size_t i = 0; i < 40; ++i) product += double{tables.dct[a * 40 + i]} * tables.dct[b * 40 + i];
      CHECK(product == Approx(a == b ? 1.0 : 0.0).margin(1e-6));
    }
}

TEST_CASE("unsound specifications and bands without bins are refused") {
  espalier_audio_spec spec = espalier_audio_default_spec();
  spec.fft_size = 1000;
  CHECK_THROWS_AS(build_audio_tables(spec), std::invalid_argument);
  spec = espalier_audio_default_spec();
  spec.window_samples = 64;
  spec.fft_size = 64;
  spec.mel_bands = 32;
  CHECK(espalier_audio_check(&spec) == ESPALIER_AUDIO_OK);
  CHECK_THROWS_AS(build_audio_tables(spec), std::invalid_argument);
}

TEST_CASE("quantizers out of range are refused") {
  CHECK_THROWS_AS(feature_quantizer(0.0, 0), std::invalid_argument);
  CHECK_THROWS_AS(feature_quantizer(std::nan(""), 0), std::invalid_argument);
  CHECK_THROWS_AS(feature_quantizer(1e9, 0), std::invalid_argument);
  CHECK_THROWS_AS(feature_quantizer(0.5, 128), std::invalid_argument);
}
