/* The fixed-point front end's stages over `lanes` frames at once; see audio_lanes.h and audio_float_stages.h, whose
 * layout it shares: re and im hold int32 parts of the spectrum, then the high and the low words of energies.
 *
 * Scaling. A sample times the window is Q30; each frame is shifted left until its largest value is in [2^29, 2^30), so
 * that quiet frames keep their precision. Every stage then divides by its growth: complex magnitudes stay below
 * sqrt(2) 2^30 < 2^31 and cannot overflow. The result is the spectrum divided by fft_size, in Q(30 + shift). */
#pragma once
#include "device_runtime/audio_fixed_rows.h"

typedef struct {
  int32_t *re, *im, *mel;
} fixed_work;

ESPALIER_INLINE fixed_work fixed_work_of(const espalier_audio_spec* spec, int32_t* work, int lanes) {
  const int32_t rows = spec->fft_size / 2 + 1;
  fixed_work parts;
  parts.re = work;
  parts.im = work + rows * lanes;
  parts.mel = work + 2 * rows * lanes;
  return parts;
}

/* How far numbers can be shifted left whose bits `most` has: the largest, up to 2^30, then is below 2^30. Silence: 0.
 */
ESPALIER_INLINE int32_t fixed_headroom(uint32_t most) {
  const int32_t shift = most == 0 ? 0 : leading_zeros(most) - 32 - 2;
  return shift > 0 ? shift : 0;
}

/* Without a sign. ORed, they keep the highest bit of the largest, which is all that fixed_headroom asks. */
ESPALIER_INLINE uint32_t magnitude_of(int32_t value) { return (uint32_t)(value < 0 ? -value : value); }

/* Of all points, each lane to the left by its own. */
ESPALIER_INLINE void fixed_shift(int32_t* part, int32_t points, const int32_t shift[], const int lanes) {
  for (int32_t at = 0; at < points * lanes; at += lanes)
    ESPALIER_LANES(lane, lanes) part[at + lane] = signed_of((uint32_t)part[at + lane] << shift[lane]);
}

/* Butterflies of two points without twiddles, halved: the first stage where log2(points) is odd. Shifts first, where
 * `shift` is given. */
ESPALIER_INLINE void fixed_pairs(int32_t* part, int32_t points, const int32_t* shift, const int lanes) {
  for (int32_t k = 0; k < points; k += 2) {
    int32_t* a = part + k * lanes;
    int32_t* b = a + lanes;
    if (shift) fixed_shift(a, 2, shift, lanes);
    ESPALIER_LANES(lane, lanes) {
      const int32_t x = halved(a[lane]), y = halved(b[lane]);
      a[lane] = x + y;
      b[lane] = x - y;
    }
  }
}

/* exp(-2 pi i k / fft_size) as cos and sin of the positive angle, for k < 3/4 fft_size out of half a turn's table. */
ESPALIER_INLINE void fixed_twiddle(const espalier_audio_fixed* tables, int32_t k, int32_t* cosine, int32_t* sine) {
  const int32_t half = tables->spec.fft_size / 2;
  const int32_t at = k < half ? k : k - half;
  const int32_t sign = k < half ? 1 : -1;
  /* The table holds no -2^31, which has no negative: k < fft_size / 2 is less than half a turn. */
  *cosine = sign * tables->twiddles[2 * at];
  *sine = sign * tables->twiddles[2 * at + 1];
}

/* Three points of a butterfly after their turns, a row of lanes each. */
typedef struct {
  int32_t re[3][ESPALIER_AUDIO_BLOCK], im[3][ESPALIER_AUDIO_BLOCK];
} fixed_turned;

/* A butterfly of four points that lie `apart` words from one another, divided by 4, whose last three are turned; see
 * float_quad. */
ESPALIER_INLINE void fixed_cross(int32_t* re, int32_t* im, const int32_t apart, const fixed_turned* turned,
                                 const int lanes) {
  ESPALIER_LANES(lane, lanes) {
    int32_t *r = re + lane, *i = im + lane;
    const int32_t r0 = halved(halved(r[0])), i0 = halved(halved(i[0]));
    const int32_t r1 = halved(turned->re[0][lane]), i1 = halved(turned->im[0][lane]);
    const int32_t r2 = halved(turned->re[1][lane]), i2 = halved(turned->im[1][lane]);
    const int32_t r3 = halved(turned->re[2][lane]), i3 = halved(turned->im[2][lane]);
    const int32_t sum_r = r0 + r1, sum_i = i0 + i1, difference_r = r0 - r1, difference_i = i0 - i1;
    const int32_t odd_sum_r = r2 + r3, odd_sum_i = i2 + i3, odd_difference_r = r2 - r3, odd_difference_i = i2 - i3;
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

ESPALIER_INLINE void fixed_quad(int32_t* re, int32_t* im, const int32_t apart, const int32_t cosine[3],
                                const int32_t sine[3], const int lanes) {
  fixed_turned turned;
  fixed_turn(re + apart, im + apart, cosine[1], sine[1], turned.re[0], turned.im[0], lanes);
  fixed_turn(re + 2 * apart, im + 2 * apart, cosine[0], sine[0], turned.re[1], turned.im[1], lanes);
  fixed_turn(re + 3 * apart, im + 3 * apart, cosine[2], sine[2], turned.re[2], turned.im[2], lanes);
  fixed_cross(re, im, apart, &turned, lanes);
}

/* As fixed_quad for a cosine of 2^31 - 1, which stands for 1: the product's rounded upper word is half of a number,
 * toward zero, unless that is -2^31. */
ESPALIER_INLINE void fixed_quad_unturned(int32_t* re, int32_t* im, const int32_t apart, const int lanes) {
  fixed_turned halves;
  for (int32_t point = 0; point < 3; ++point) ESPALIER_LANES(lane, lanes) {
      halves.re[point][lane] = re[(point + 1) * apart + lane] / 2;
      halves.im[point][lane] = im[(point + 1) * apart + lane] / 2;
    }
  fixed_cross(re, im, apart, &halves, lanes);
}

/* In-place complex FFT of n points divided by n, on bit-reversed input, which is shifted by `shift` unless that is
 * NULL. */
ESPALIER_INLINE void fixed_fft(const espalier_audio_fixed* tables, fixed_work work, const int32_t* shift,
                               const int lanes) {
  const int32_t points = tables->spec.fft_size / 2;
  int32_t quarter = 1;
  while (quarter * 4 <= points) quarter *= 4;
  if (quarter != points) { /* an odd number of doublings */
    fixed_pairs(work.re, points, shift, lanes);
    fixed_pairs(work.im, points, shift, lanes);
    quarter = 2;
  } else {
    if (shift) fixed_shift(work.re, points, shift, lanes);
    if (shift) fixed_shift(work.im, points, shift, lanes);
    quarter = 1;
  }
  for (; quarter < points; quarter *= 4) {
    const int32_t step = tables->spec.fft_size / (4 * quarter);
    for (int32_t k = 0; k < points; k += 4 * quarter)
      fixed_quad_unturned(work.re + k * lanes, work.im + k * lanes, quarter * lanes, lanes);
    for (int32_t j = 1; j < quarter; ++j) {
      int32_t cosine[3], sine[3];
      for (int32_t power = 0; power < 3; ++power)
        fixed_twiddle(tables, (power + 1) * j * step, &cosine[power], &sine[power]);
      for (int32_t k = j; k < points; k += 4 * quarter)
        fixed_quad(work.re + k * lanes, work.im + k * lanes, quarter * lanes, cosine, sine, lanes);
    }
  }
}

/* Energies of bin k, the spectrum halved once more, and where `mirrored` of bin n - k; see float_split. */
ESPALIER_INLINE void fixed_split(int32_t* re, int32_t* im, int32_t* mirror_re, int32_t* mirror_im, const int32_t cosine,
                                 const int32_t sine, const int mirrored, const int lanes) {
  int32_t even_r[ESPALIER_AUDIO_BLOCK], even_i[ESPALIER_AUDIO_BLOCK], odd_r[ESPALIER_AUDIO_BLOCK],
      odd_i[ESPALIER_AUDIO_BLOCK], turned_r[ESPALIER_AUDIO_BLOCK], turned_i[ESPALIER_AUDIO_BLOCK];
  ESPALIER_LANES(lane, lanes) {
    const int32_t half_r = halved(re[lane]), half_i = halved(im[lane]);
    const int32_t mirror_half_r = halved(mirror_re[lane]), mirror_half_i = halved(mirror_im[lane]);
    even_r[lane] = halved(half_r + mirror_half_r);
    even_i[lane] = halved(half_i - mirror_half_i);
    odd_r[lane] = half_i + mirror_half_i;
    odd_i[lane] = mirror_half_r - half_r;
  }
  fixed_turn(odd_r, odd_i, cosine, sine, turned_r, turned_i, lanes);
  ESPALIER_LANES(lane, lanes) {
    re[lane] = even_r[lane] + turned_r[lane];
    im[lane] = even_i[lane] + turned_i[lane];
  }
  fixed_energy(re, im, re, im, lanes);
  if (!mirrored) return;
  ESPALIER_LANES(lane, lanes) {
    mirror_re[lane] = even_r[lane] - turned_r[lane];
    mirror_im[lane] = even_i[lane] - turned_i[lane];
  }
  fixed_energy(mirror_re, mirror_im, mirror_re, mirror_im, lanes);
}

/* The first bin that no filter covers, nor any behind it. */
ESPALIER_INLINE int32_t bins_end(const espalier_audio_fixed* tables) {
  int32_t end = 0;
  for (int32_t band = 0; band < tables->spec.mel_bands; ++band) {
    const int32_t band_end = tables->bins.first[band] + tables->bins.count[band];
    end = band_end > end ? band_end : end;
  }
  return end;
}

/* Of the bins that filters cover. Z[n] is Z[0]; bin n / 2 is its own mirror, where X is conj Z. */
ESPALIER_INLINE void fixed_energies(const espalier_audio_fixed* tables, fixed_work work, const int lanes) {
  const int32_t points = tables->spec.fft_size / 2, middle = points / 2 * lanes, last = points * lanes;
  const int32_t end = bins_end(tables);
  for (int lane = 0; lane < lanes; ++lane) {
    work.re[last + lane] = work.re[lane];
    work.im[last + lane] = work.im[lane];
    work.re[middle + lane] = halved(work.re[middle + lane]);
    work.im[middle + lane] = halved(work.im[middle + lane]);
  }
  fixed_energy(work.re + middle, work.im + middle, work.re + middle, work.im + middle, lanes);
  for (int32_t k = 0; 2 * k < points && k < end; ++k) {
    const int32_t row = k * lanes, mirror = (points - k) * lanes;
    fixed_split(work.re + row, work.im + row, work.re + mirror, work.im + mirror, tables->twiddles[2 * k],
                tables->twiddles[2 * k + 1], points - k < end, lanes);
  }
  if (tables->spec.spectrum != ESPALIER_SPECTRUM_MAGNITUDE) return;
  for (int32_t at = 0; at < end * lanes; ++at) {
    const uint64_t energy = (uint64_t)(uint32_t)work.re[at] << 32 | (uint32_t)work.im[at];
    work.im[at] = signed_of(fixed_sqrt(energy));
    work.re[at] = 0;
  }
}

/* log2, in Q16, of high * 2^32 + low; *empty where both are 0. */
ESPALIER_INLINE int32_t fixed_log2_words(uint64_t high, uint64_t low, int* empty) {
  high += low >> 32;
  low &= 0xffffffffu;
  *empty = (high | low) == 0;
  if (*empty) return 0;
  return high >> 32 ? fixed_log2(high) + 32 * 65536 : fixed_log2(high << 32 | low);
}

/* ln of a filter's energy in Q16, from the sums of its weighted words and the frame's shift. */
ESPALIER_INLINE int32_t fixed_log_energy(const espalier_audio_fixed* tables, int32_t band, uint64_t high, uint64_t low,
                                         int32_t shift) {
  int empty = 0;
  const int32_t bits = tables->spec.spectrum == ESPALIER_SPECTRUM_MAGNITUDE ? shift : 2 * shift;
  const int32_t log2 = fixed_log2_words(high, low, &empty) - bits * 65536;
  const int32_t value = high_word(log2 * FIXED_LN2) + tables->band_offset[band];
  return empty || value < tables->log_floor ? tables->log_floor : value;
}

#if defined(__AVX2__)
ESPALIER_INLINE void mel_of_eight(const espalier_audio_fixed* tables, fixed_work work, const int32_t shift[]) {
  const __m256i shifts = eight_of(shift), zero = _mm256_setzero_si256();
  const __m256i bits = tables->spec.spectrum == ESPALIER_SPECTRUM_MAGNITUDE ? shifts : _mm256_add_epi32(shifts, shifts);
  const uint16_t* weight = tables->weights;
  for (int32_t band = 0; band < tables->spec.mel_bands; ++band) {
    const int32_t first = tables->bins.first[band], end = first + tables->bins.count[band];
    eight_sums high = {zero, zero}, low = {zero, zero};
    for (int32_t bin = first; bin < end; ++bin, ++weight) {
      const __m256i weights = _mm256_set1_epi64x(*weight);
      add_weighted(&high, weights, work.re + bin * 8);
      add_weighted(&low, weights, work.im + bin * 8);
    }
    put_eight(work.mel + band * 8, eight_logs(high, low, bits, tables->band_offset[band], tables->log_floor));
  }
}
#endif

ESPALIER_INLINE void fixed_mel(const espalier_audio_fixed* tables, fixed_work work, const int32_t shift[],
                               const int lanes) {
#if defined(__AVX2__)
  if (lanes == 8) {
    mel_of_eight(tables, work, shift);
    return;
  }
#endif
  const uint16_t* weights = tables->weights;
  for (int32_t band = 0; band < tables->spec.mel_bands; ++band) {
    const int32_t first = tables->bins.first[band] * lanes, count = tables->bins.count[band];
    uint64_t high[ESPALIER_AUDIO_BLOCK] = {0}, low[ESPALIER_AUDIO_BLOCK] = {0};
    for (int32_t i = 0; i < count; ++i) {
      const uint64_t weight = weights[i];
      ESPALIER_LANES(lane, lanes) high[lane] += weight * (uint32_t)work.re[first + i * lanes + lane];
      ESPALIER_LANES(lane, lanes) low[lane] += weight * (uint32_t)work.im[first + i * lanes + lane];
    }
    weights += count;
    for (int lane = 0; lane < lanes; ++lane)
      work.mel[band * lanes + lane] = fixed_log_energy(tables, band, high[lane], low[lane], shift[lane]);
  }
}

/* round(sum of weights[i] rows[i] / 2^15) of each lane: Q15 times Q16 is Q16 in the word above 2^32 of 2^17 times that.
 */
ESPALIER_INLINE void fixed_weighted_rows(const int16_t* weights, const int32_t* rows, int32_t count, int32_t* result,
                                         const int lanes) {
#if defined(__AVX2__)
  if (lanes == 8) {
    weighted_rows_of_eight(weights, rows, count, result);
    return;
  }
#endif
  int64_t sum[ESPALIER_AUDIO_BLOCK] = {0};
  for (int32_t i = 0; i < count; ++i)
    ESPALIER_LANES(lane, lanes) sum[lane] += (int64_t)weights[i] * rows[i * lanes + lane];
  for (int lane = 0; lane < lanes; ++lane) result[lane] = high_word(sum[lane] * 131072);
}

/* Rows of `features` are `lanes` consecutive frames, Q16. */
ESPALIER_INLINE void fixed_dct(const espalier_audio_fixed* tables, fixed_work work, int32_t* features,
                               const int lanes) {
  const int32_t bands = tables->spec.mel_bands, count = espalier_audio_features(&tables->spec);
  for (int32_t c = 0; c < count; ++c) {
    int32_t weighted[ESPALIER_AUDIO_BLOCK];
    if (tables->spec.coefficients > 0) fixed_weighted_rows(tables->dct + c * bands, work.mel, bands, weighted, lanes);
    const int32_t* row = tables->spec.coefficients > 0 ? weighted : work.mel + c * lanes;
    for (int lane = 0; lane < lanes; ++lane) features[lane * count + c] = row[lane];
  }
}

/* From windowed samples to features; their shift, which `shifted` samples have already. */
ESPALIER_INLINE void fixed_features(const espalier_audio_fixed* tables, fixed_work work, const int32_t shift[],
                                    const int shifted, int32_t* features, const int lanes) {
  fixed_fft(tables, work, shifted ? NULL : shift, lanes);
  fixed_energies(tables, work, lanes);
  fixed_mel(tables, work, shift, lanes);
  fixed_dct(tables, work, features, lanes);
}
