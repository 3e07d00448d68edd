#include "device_runtime/audio_frontend_tables.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace espalier::device_runtime {
namespace {

constexpr double kPi = 3.14159265358979323846;

// The slaney scale: 200/3 Hz a mel up to 1000 Hz, then a factor of 6.4 in 27 mels.
constexpr double kLinearHertz = 200.0 / 3.0, kBreakHertz = 1000.0, kBreakMel = kBreakHertz / kLinearHertz;
const double kLogStep = std::log(6.4) / 27.0;

[[noreturn]] void refuse(espalier_audio_status status) {
  throw std::invalid_argument(espalier_audio_status_text(status));
}

// round(value * 2^bits), saturating at `most`.
template <typename Integer>
Integer fixed_point(double value, int bits, double most) {
  return static_cast<Integer>(std::clamp(std::round(std::ldexp(value, bits)), -most - 1, most));
}

void add_window(AudioFrontendTables& tables) {
  const int length = tables.spec.window_samples;
  for (int i = 0; i < length; ++i) {
    const double value = 0.5 - 0.5 * std::cos(2 * kPi * i / length);
    tables.window.push_back(static_cast<float>(value));
    tables.fixed_window.push_back(fixed_point<std::uint16_t>(value, 15, 32768));
  }
}

void add_twiddles(AudioFrontendTables& tables) {
  const int size = tables.spec.fft_size;
  for (int k = 0; k < size / 2; ++k) {
    // A quarter turn is exact: cos(pi / 2) in double is not.
    const double cosine = 4 * k == size ? 0.0 : std::cos(2 * kPi * k / size), sine = std::sin(2 * kPi * k / size);
    for (double value : {cosine, sine}) {
      tables.twiddles.push_back(static_cast<float>(value));
      tables.fixed_twiddles.push_back(fixed_point<std::int32_t>(value, 31, 2147483647.0));
    }
  }
}

// What turns ln of an integer energy into ln of the energy, but for the shift that normalises each frame: the window
// leaves 30 fraction bits, the FFT divides by its size, the weights have 15 fraction bits and are without height.
double log_offset(const espalier_audio_spec& spec, double height) {
  const double amplitude_bits = 30 - std::log2(spec.fft_size);
  const double energy_bits = spec.spectrum == ESPALIER_SPECTRUM_POWER ? 2 * amplitude_bits : amplitude_bits;
  return std::log(height) - std::log(2.0) * (energy_bits + 15);
}

void add_filters(AudioFrontendTables& tables) {
  const MelFilters filters = mel_filters(tables.spec);
  tables.bins_first = filters.first;
  tables.bins_count = filters.count;
  std::size_t at = 0;
  for (std::size_t band = 0; band < filters.count.size(); ++band) {
    for (int i = 0; i < filters.count[band]; ++i, ++at) {
      tables.weights.push_back(static_cast<float>(filters.weights[at] * filters.height[band]));
      tables.fixed_weights.push_back(fixed_point<std::uint16_t>(filters.weights[at], 15, 32768));
    }
    const double offset = log_offset(tables.spec, filters.height[band]);
    tables.fixed_band_offset.push_back(fixed_point<std::int32_t>(offset, 16, 2147483647.0));
  }
  tables.fixed_log_floor = fixed_point<std::int32_t>(std::log(double{tables.spec.log_floor}), 16, 2147483647.0);
}

void add_dct(AudioFrontendTables& tables) {
  const int bands = tables.spec.mel_bands;
  for (int c = 0; c < tables.spec.coefficients; ++c) {
    const double norm = std::sqrt((c == 0 ? 1.0 : 2.0) / bands);
    for (int band = 0; band < bands; ++band) {
      const double value = norm * std::cos(kPi * c * (2 * band + 1) / (2.0 * bands));
      tables.dct.push_back(static_cast<float>(value));
      tables.fixed_dct.push_back(fixed_point<std::int16_t>(value, 15, 32767));
    }
  }
}

}  // namespace

double mel_of_hertz(double hertz, std::int32_t mel_scale) {
  if (mel_scale == ESPALIER_MEL_HTK) return 2595.0 * std::log10(1.0 + hertz / 700.0);
  return hertz < kBreakHertz ? hertz / kLinearHertz : kBreakMel + std::log(hertz / kBreakHertz) / kLogStep;
}

double hertz_of_mel(double mel, std::int32_t mel_scale) {
  if (mel_scale == ESPALIER_MEL_HTK) return 700.0 * (std::pow(10.0, mel / 2595.0) - 1.0);
  return mel < kBreakMel ? mel * kLinearHertz : kBreakHertz * std::exp((mel - kBreakMel) * kLogStep);
}

MelFilters mel_filters(const espalier_audio_spec& spec) {
  const double low = mel_of_hertz(spec.low_hz, spec.mel_scale), high = mel_of_hertz(spec.high_hz, spec.mel_scale);
  const auto edge = [&](int i) { return hertz_of_mel(low + (high - low) * i / (spec.mel_bands + 1), spec.mel_scale); };
  MelFilters filters;
  for (int band = 0; band < spec.mel_bands; ++band) {
    const double left = edge(band), centre = edge(band + 1), right = edge(band + 2);
    const std::size_t before = filters.weights.size();
    for (int bin = 0; bin <= spec.fft_size / 2; ++bin) {
      const double hertz = static_cast<double>(bin) * spec.sample_rate / spec.fft_size;
      const double weight = std::min((hertz - left) / (centre - left), (right - hertz) / (right - centre));
      if (weight <= 0) continue;
      if (filters.weights.size() == before) filters.first.push_back(static_cast<std::uint16_t>(bin));
      filters.weights.push_back(weight);
    }
    if (filters.weights.size() == before) refuse(ESPALIER_AUDIO_EMPTY_BAND);
    filters.count.push_back(static_cast<std::uint16_t>(filters.weights.size() - before));
    filters.height.push_back(spec.filter_norm == ESPALIER_FILTER_NORM_SLANEY ? 2.0 / (right - left) : 1.0);
  }
  return filters;
}

AudioFrontendTables build_audio_tables(const espalier_audio_spec& spec) {
  if (const auto status = espalier_audio_check(&spec); status != ESPALIER_AUDIO_OK) refuse(status);
  AudioFrontendTables tables;
  tables.spec = spec;
  add_window(tables);
  add_twiddles(tables);
  add_filters(tables);
  add_dct(tables);
  return tables;
}

espalier_audio_float AudioFrontendTables::float_tables() const {
  return {spec, window.data(), twiddles.data(), {bins_first.data(), bins_count.data()}, weights.data(), dct.data()};
}

espalier_audio_fixed AudioFrontendTables::fixed_tables() const {
  return {spec,
          fixed_window.data(),
          fixed_twiddles.data(),
          {bins_first.data(), bins_count.data()},
          fixed_weights.data(),
          fixed_band_offset.data(),
          fixed_dct.data(),
          fixed_log_floor};
}

espalier_feature_quantizer feature_quantizer(double scale, std::int32_t zero_point) {
  if (!(scale >= std::ldexp(1.0, -20) && scale <= std::ldexp(1.0, 20)))
    throw std::invalid_argument("the scale of quantized features must be from 2^-20 to 2^20");
  if (zero_point < -128 || zero_point > 127)
    throw std::invalid_argument("the zero point of quantized features must be from -128 to 127");
  // 1 / (65536 scale) = multiplier / 2^shift with 2^22 <= multiplier < 2^23: 23 bits are enough for 8, and keep the
  // product of a 32-bit feature in 63.
  int exponent = 0;
  const double mantissa = std::frexp(1.0 / scale, &exponent);
  const int shift = 16 + 23 - exponent;
  const double multiplier = std::round(std::ldexp(mantissa, 23));
  return {static_cast<float>(1.0 / scale), static_cast<std::int32_t>(multiplier), shift, zero_point};
}

}  // namespace espalier::device_runtime
