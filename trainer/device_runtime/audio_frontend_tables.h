// The constants of the feature front ends (audio_frontend.h), made on the host from a specification.
#pragma once
#include <cstdint>
#include <vector>

#include "device_runtime/audio_frontend.h"

namespace espalier::device_runtime {

/// Mel filters as runs of weights over FFT bins: band m covers bins first[m] .. first[m] + count[m] - 1.
struct MelFilters {
  std::vector<std::uint16_t> first, count;
  std::vector<double> weights;  ///< of all bands, one after the other, peak at most 1
  std::vector<double> height;   ///< per band: 1, or 2 / width in Hz under the slaney norm
};

/// Owns the tables of both variants; computed in double precision and rounded once.
struct AudioFrontendTables {
  espalier_audio_spec spec{};
  std::vector<float> window, twiddles, weights, dct;
  std::vector<std::uint16_t> bins_first, bins_count;
  std::vector<std::uint16_t> fixed_window, fixed_weights;
  std::vector<std::int32_t> fixed_twiddles, fixed_band_offset;
  std::vector<std::int16_t> fixed_dct;
  std::int32_t fixed_log_floor = 0;

  /// What the C functions take; valid while this object lives and its vectors are not changed.
  espalier_audio_float float_tables() const;
  espalier_audio_fixed fixed_tables() const;
};

/// Hz -> mel and back on the scale `mel_scale` (espalier_mel_scale).
double mel_of_hertz(double hertz, std::int32_t mel_scale);
double hertz_of_mel(double mel, std::int32_t mel_scale);

/// Triangles between mel_bands + 2 points that are equidistant in mel, linear in Hz, as librosa.filters.mel.
MelFilters mel_filters(const espalier_audio_spec& spec);

/// All tables. Throws std::invalid_argument with espalier_audio_status_text where the specification is not sound or a
/// band would be empty.
AudioFrontendTables build_audio_tables(const espalier_audio_spec& spec);

/// How to make a model's int8 input of `scale` (feature units per step, in [2^-20, 2^20]) and `zero_point` (in
/// [-128, 127]). Throws std::invalid_argument where either is out of range.
espalier_feature_quantizer feature_quantizer(double scale, std::int32_t zero_point);

}  // namespace espalier::device_runtime
