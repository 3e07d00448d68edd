/* The float front end's stages over `lanes` frames at once; see audio_lanes.h. Work, n = fft_size / 2:
 *   re [n + 1][lanes]     real parts of the half-size spectrum, then energies of bins 0 .. n
 *   im [n + 1][lanes]     imaginary parts, then reused
 *   mel [mel_bands][lanes]
 * The FFT of 2n real samples is one complex FFT of n, z[k] = x[2k] + i x[2k + 1], and a split. Include after
 * no_contraction.h. */
#pragma once
#include "device_runtime/audio_float_math.h"

typedef struct {
  float *re, *im, *mel;
} float_work;

ESPALIER_INLINE float_work float_work_of(const espalier_audio_spec* spec, float* work, int lanes) {
  const int32_t rows = spec->fft_size / 2 + 1;
  float_work parts;
  parts.re = work;
  parts.im = work + rows * lanes;
  parts.mel = work + 2 * rows * lanes;
  return parts;
}

/* One windowed sample of every lane; pcm where samples is null, scaled exactly. */
ESPALIER_INLINE void float_window_row(const float* samples, const int16_t* pcm, int32_t hop, float weight, float* row,
                                      const int lanes) {
  ESPALIER_LANES(lane, lanes) {
    row[lane] = (samples ? samples[lane * hop] : (float)pcm[lane * hop] * (1.0f / 32768.0f)) * weight;
  }
}

ESPALIER_INLINE void float_zero_row(float* row, const int lanes) { ESPALIER_LANES(lane, lanes) row[lane] = 0.0f; }

/* Windowed samples, in pairs, in bit-reversed order; zeros after the window. */
ESPALIER_INLINE void float_window(const espalier_audio_float* tables, const float* samples, const int16_t* pcm,
                                  float_work work, const int lanes) {
  const espalier_audio_spec* spec = &tables->spec;
  const int32_t points = spec->fft_size / 2, window = spec->window_samples, hop = spec->hop_samples;
  int32_t reversed = 0;
  for (int32_t at = 0; at < spec->fft_size; ++at) {
    float* row = (at & 1 ? work.im : work.re) + reversed * lanes;
    if (at >= window)
      float_zero_row(row, lanes);
    else
      float_window_row(samples ? samples + at : NULL, samples ? NULL : pcm + at, hop, tables->window[at], row, lanes);
    if (at & 1) reversed = next_reversed(reversed, points);
  }
}

/* Butterflies of two points without twiddles: the first stage where log2(points) is odd. */
ESPALIER_INLINE void float_pairs(float* part, int32_t points, const int lanes) {
  for (int32_t k = 0; k < points; k += 2) {
    float* a = part + k * lanes;
    float* b = a + lanes;
    ESPALIER_LANES(lane, lanes) {
      const float x = a[lane], y = b[lane];
      a[lane] = x + y;
      b[lane] = x - y;
    }
  }
}

/* exp(-2 pi i k / fft_size) as cos and sin of the positive angle, for k < 3/4 fft_size out of half a turn's table. */
ESPALIER_INLINE void float_twiddle(const espalier_audio_float* tables, int32_t k, float* cosine, float* sine) {
  const int32_t half = tables->spec.fft_size / 2;
  const int32_t at = k < half ? k : k - half;
  const float sign = k < half ? 1.0f : -1.0f;
  *cosine = sign * tables->twiddles[2 * at];
  *sine = sign * tables->twiddles[2 * at + 1];
}

/* One butterfly of four points that lie `apart` floats from one another, decimation in time on bit-reversed data:
 * the second quarter carries the even-odd samples, so it takes the square of the twiddle. */
ESPALIER_INLINE void float_quad(float* re, float* im, const int32_t apart, const float cosine[3], const float sine[3],
                                const int lanes) {
  ESPALIER_LANES(lane, lanes) {
    float *r = re + lane, *i = im + lane;
    const float r0 = r[0], i0 = i[0];
    const float r1 = r[apart] * cosine[1] + i[apart] * sine[1];
    const float i1 = i[apart] * cosine[1] - r[apart] * sine[1];
    const float r2 = r[2 * apart] * cosine[0] + i[2 * apart] * sine[0];
    const float i2 = i[2 * apart] * cosine[0] - r[2 * apart] * sine[0];
    const float r3 = r[3 * apart] * cosine[2] + i[3 * apart] * sine[2];
    const float i3 = i[3 * apart] * cosine[2] - r[3 * apart] * sine[2];
    const float sum_r = r0 + r1, sum_i = i0 + i1, difference_r = r0 - r1, difference_i = i0 - i1;
    const float odd_sum_r = r2 + r3, odd_sum_i = i2 + i3, odd_difference_r = r2 - r3, odd_difference_i = i2 - i3;
    r[0] = sum_r + odd_sum_r;
    i[0] = sum_i + odd_sum_i;
    r[apart] = difference_r + odd_difference_i;
    i[apart] = difference_i - odd_difference_r;
    r[2 * apart] = sum_r - odd_sum_r;
    i[2 * apart] = sum_i - odd_sum_i;
    r[3 * apart] = difference_r - odd_difference_i;
    i[3 * apart] = difference_i + odd_difference_r;
  }
}

/* In-place complex FFT of n points (forward, unscaled) on bit-reversed input. */
ESPALIER_INLINE void float_fft(const espalier_audio_float* tables, float_work work, const int lanes) {
  const int32_t points = tables->spec.fft_size / 2;
  int32_t quarter = 1;
  while (quarter * 4 <= points) quarter *= 4;
  if (quarter != points) { /* an odd number of doublings */
    float_pairs(work.re, points, lanes);
    float_pairs(work.im, points, lanes);
    quarter = 2;
  } else {
    quarter = 1;
  }
  for (; quarter < points; quarter *= 4) {
    const int32_t step = tables->spec.fft_size / (4 * quarter);
    for (int32_t j = 0; j < quarter; ++j) {
      float cosine[3], sine[3];
      for (int32_t power = 0; power < 3; ++power)
        float_twiddle(tables, (power + 1) * j * step, &cosine[power], &sine[power]);
      for (int32_t k = j; k < points; k += 4 * quarter)
        float_quad(work.re + k * lanes, work.im + k * lanes, quarter * lanes, cosine, sine, lanes);
    }
  }
}

/* Energies of bins k and n - k from rows k and n - k of the half-size spectrum Z: X[k] = E + W^k O and
 * X[n - k] = conj(E - W^k O), where E = (Z[k] + conj Z[n - k]) / 2 and O = (Z[k] - conj Z[n - k]) / 2i. */
ESPALIER_INLINE void float_split(float* restrict re, const float* restrict im, float* restrict mirror_re,
                                 const float* restrict mirror_im, const float cosine, const float sine,
                                 const int lanes) {
  ESPALIER_LANES(lane, lanes) {
    const float even_r = 0.5f * (re[lane] + mirror_re[lane]), even_i = 0.5f * (im[lane] - mirror_im[lane]);
    const float odd_r = 0.5f * (im[lane] + mirror_im[lane]), odd_i = 0.5f * (mirror_re[lane] - re[lane]);
    const float turned_r = odd_r * cosine + odd_i * sine, turned_i = odd_i * cosine - odd_r * sine;
    const float low_r = even_r + turned_r, low_i = even_i + turned_i;
    const float high_r = even_r - turned_r, high_i = even_i - turned_i;
    re[lane] = low_r * low_r + low_i * low_i;
    mirror_re[lane] = high_r * high_r + high_i * high_i;
  }
}

/* Z[n] is Z[0]; bin n / 2 is its own mirror, where X is conj Z. */
ESPALIER_INLINE void float_energies(const espalier_audio_float* tables, float_work work, const int lanes) {
  const int32_t points = tables->spec.fft_size / 2, middle = points / 2 * lanes, last = points * lanes;
  ESPALIER_LANES(lane, lanes) {
    work.re[last + lane] = work.re[lane];
    work.im[last + lane] = work.im[lane];
    const float r = work.re[middle + lane], i = work.im[middle + lane];
    work.re[middle + lane] = r * r + i * i;
  }
  for (int32_t k = 0; 2 * k < points; ++k) {
    const int32_t row = k * lanes, mirror = (points - k) * lanes;
    float_split(work.re + row, work.im + row, work.re + mirror, work.im + mirror, tables->twiddles[2 * k],
                tables->twiddles[2 * k + 1], lanes);
  }
  if (tables->spec.spectrum == ESPALIER_SPECTRUM_MAGNITUDE)
    for (int32_t k = 0; k <= points; ++k)
      ESPALIER_LANES(lane, lanes) work.re[k * lanes + lane] = float_sqrt(work.re[k * lanes + lane]);
}

/* sum over i of weights[i] * rows[i][lane], in order. */
ESPALIER_INLINE void float_weighted_sum(const float* weights, const float* rows, int32_t count, float* out,
                                        const int lanes) {
  float sum[ESPALIER_AUDIO_BLOCK] = {0.0f};
  for (int32_t i = 0; i < count; ++i) {
    const float weight = weights[i];
    ESPALIER_LANES(lane, lanes) sum[lane] += weight * rows[i * lanes + lane];
  }
  ESPALIER_LANES(lane, lanes) out[lane] = sum[lane];
}

ESPALIER_INLINE void float_mel(const espalier_audio_float* tables, float_work work, const int lanes) {
  const espalier_mel_bins bins = tables->bins;
  const int32_t bands = tables->spec.mel_bands;
  const float* weights = tables->weights;
  for (int32_t band = 0; band < bands; weights += bins.count[band], ++band)
    float_weighted_sum(weights, work.re + bins.first[band] * lanes, bins.count[band], work.mel + band * lanes, lanes);
  const float floor = tables->spec.log_floor;
  ESPALIER_LANES(at, bands * lanes) {
    const float energy = work.mel[at] > floor ? work.mel[at] : floor;
    work.mel[at] = float_log(energy);
  }
}

/* Rows of `features` are `lanes` consecutive frames. */
ESPALIER_INLINE void float_dct(const espalier_audio_float* tables, float_work work, float* features, const int lanes) {
  const int32_t bands = tables->spec.mel_bands, count = espalier_audio_features(&tables->spec);
  for (int32_t c = 0; c < count; ++c) {
    const float* column = work.mel + c * lanes;
    if (tables->spec.coefficients > 0) {
      float_weighted_sum(tables->dct + c * bands, work.mel, bands, work.re, lanes);
      column = work.re;
    }
    for (int lane = 0; lane < lanes; ++lane) features[lane * count + c] = column[lane];
  }
}

ESPALIER_INLINE void float_frames(const espalier_audio_float* tables, const float* samples, const int16_t* pcm,
                                  float* memory, float* features, const int lanes) {
  const float_work work = float_work_of(&tables->spec, memory, lanes);
  float_window(tables, samples, pcm, work, lanes);
  float_fft(tables, work, lanes);
  float_energies(tables, work, lanes);
  float_mel(tables, work, lanes);
  float_dct(tables, work, features, lanes);
}
