/* The fixed-point front end's stages over `lanes` frames at once; see audio_lanes.h and audio_float_stages.h, whose
 * layout it shares: re and im hold int32 parts of the spectrum, then the high and the low words of energies.
 *
 * Scaling. A sample times the window is Q30; each frame is shifted left until its largest value is in [2^29, 2^30), so
 * that quiet frames keep their precision. Every stage then divides by its growth: complex magnitudes stay below
 * sqrt(2) 2^30 < 2^31 and cannot overflow. The result is the spectrum divided by fft_size, in Q(30 + shift). */
#pragma once
#include "device_runtime/audio_fixed_math.h"

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

/* The number that these 32 bits stand for in two's complement, as every compiler for the processors at hand converts.
 */
ESPALIER_INLINE int32_t signed_of(uint32_t bits) { return (int32_t)bits; }

/* round(sum / 2^32), ties upward. */
ESPALIER_INLINE int32_t high_word(int64_t sum) { return signed_of((uint32_t)(((uint64_t)sum + 0x80000000u) >> 32)); }

/* Floor of half. Right shifts of negative numbers are arithmetic in every compiler for the processors
 * at hand; a test asserts it. */
ESPALIER_INLINE int32_t halved(int32_t value) { return value >> 1; }

/* The parts of (r + i j) exp(-angle j) / 2, from cos and sin of the angle in Q31. */
ESPALIER_INLINE int32_t turned_real(int32_t r, int32_t i, int32_t cosine, int32_t sine) {
  return high_word((int64_t)r * cosine + (int64_t)i * sine);
}
ESPALIER_INLINE int32_t turned_imaginary(int32_t r, int32_t i, int32_t cosine, int32_t sine) {
  return high_word((int64_t)i * cosine - (int64_t)r * sine);
}

/* How far a frame can be shifted left: its largest windowed value, up to 2^30, then is below 2^30. Silence: 0. */
ESPALIER_INLINE int32_t fixed_headroom(const espalier_audio_fixed* tables, const int16_t* pcm) {
  uint32_t most = 0;
  for (int32_t i = 0; i < tables->spec.window_samples; ++i) {
    const int32_t value = (int32_t)pcm[i] * (int32_t)tables->window[i];
    /* OR keeps the highest bit of the maximum, which is all that is asked. */
    most |= (uint32_t)(value < 0 ? -value : value);
  }
  if (most == 0) return 0;
  const int32_t shift = leading_zeros(most) - 32 - 2;
  return shift > 0 ? shift : 0;
}

/* Windowed, shifted samples, in pairs, in bit-reversed order; zeros after the window. */
ESPALIER_INLINE void fixed_window(const espalier_audio_fixed* tables, const int16_t* pcm, fixed_work work,
                                  const int32_t gain[], const int lanes) {
  const int32_t points = tables->spec.fft_size / 2, hop = tables->spec.hop_samples;
  int32_t reversed = 0;
  for (int32_t at = 0; at < tables->spec.fft_size; ++at) {
    int32_t* row = (at & 1 ? work.im : work.re) + reversed * lanes;
    const int32_t weight = at < tables->spec.window_samples ? tables->window[at] : 0;
    const int16_t* sample = pcm + (weight != 0 ? at : 0); /* nothing is read after the window */
    ESPALIER_LANES(lane, lanes) row[lane] = sample[lane * hop] * weight * gain[lane];
    if (at & 1) reversed = next_reversed(reversed, points);
  }
}

/* Butterflies of two points without twiddles, halved: the first stage where log2(points) is odd. */
ESPALIER_INLINE void fixed_pairs(int32_t* part, int32_t points, const int lanes) {
  for (int32_t k = 0; k < points; k += 2) {
    int32_t* a = part + k * lanes;
    int32_t* b = a + lanes;
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

/* One butterfly of four points that lie `apart` words from one another, divided by 4; see float_quad. */
ESPALIER_INLINE void fixed_quad(int32_t* re, int32_t* im, const int32_t apart, const int32_t cosine[3],
                                const int32_t sine[3], const int lanes) {
  ESPALIER_LANES(lane, lanes) {
    int32_t *r = re + lane, *i = im + lane;
    const int32_t r0 = halved(halved(r[0])), i0 = halved(halved(i[0]));
    const int32_t r1 = halved(turned_real(r[apart], i[apart], cosine[1], sine[1]));
    const int32_t i1 = halved(turned_imaginary(r[apart], i[apart], cosine[1], sine[1]));
    const int32_t r2 = halved(turned_real(r[2 * apart], i[2 * apart], cosine[0], sine[0]));
    const int32_t i2 = halved(turned_imaginary(r[2 * apart], i[2 * apart], cosine[0], sine[0]));
    const int32_t r3 = halved(turned_real(r[3 * apart], i[3 * apart], cosine[2], sine[2]));
    const int32_t i3 = halved(turned_imaginary(r[3 * apart], i[3 * apart], cosine[2], sine[2]));
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

/* In-place complex FFT of n points divided by n, on bit-reversed input. */
ESPALIER_INLINE void fixed_fft(const espalier_audio_fixed* tables, fixed_work work, const int lanes) {
  const int32_t points = tables->spec.fft_size / 2;
  int32_t quarter = 1;
  while (quarter * 4 <= points) quarter *= 4;
  if (quarter != points) { /* an odd number of doublings */
    fixed_pairs(work.re, points, lanes);
    fixed_pairs(work.im, points, lanes);
    quarter = 2;
  } else {
    quarter = 1;
  }
  for (; quarter < points; quarter *= 4) {
    const int32_t step = tables->spec.fft_size / (4 * quarter);
    for (int32_t j = 0; j < quarter; ++j) {
      int32_t cosine[3], sine[3];
      for (int32_t power = 0; power < 3; ++power)
        fixed_twiddle(tables, (power + 1) * j * step, &cosine[power], &sine[power]);
      for (int32_t k = j; k < points; k += 4 * quarter)
        fixed_quad(work.re + k * lanes, work.im + k * lanes, quarter * lanes, cosine, sine, lanes);
    }
  }
}

ESPALIER_INLINE void fixed_store_energy(int32_t* high, int32_t* low, int32_t r, int32_t i) {
  const uint64_t energy = (uint64_t)((int64_t)r * r) + (uint64_t)((int64_t)i * i);
  *high = signed_of((uint32_t)(energy >> 32));
  *low = signed_of((uint32_t)energy);
}

/* Energies of bins k and n - k, the spectrum halved once more; see float_split. */
ESPALIER_INLINE void fixed_split(int32_t* restrict re, int32_t* restrict im, int32_t* restrict mirror_re,
                                 int32_t* restrict mirror_im, const int32_t cosine, const int32_t sine,
                                 const int lanes) {
  ESPALIER_LANES(lane, lanes) {
    const int32_t half_r = halved(re[lane]), half_i = halved(im[lane]);
    const int32_t mirror_half_r = halved(mirror_re[lane]), mirror_half_i = halved(mirror_im[lane]);
    const int32_t even_r = halved(half_r + mirror_half_r), even_i = halved(half_i - mirror_half_i);
    const int32_t odd_r = half_i + mirror_half_i, odd_i = mirror_half_r - half_r;
    const int32_t turn_r = turned_real(odd_r, odd_i, cosine, sine);
    const int32_t turn_i = turned_imaginary(odd_r, odd_i, cosine, sine);
    fixed_store_energy(re + lane, im + lane, even_r + turn_r, even_i + turn_i);
    fixed_store_energy(mirror_re + lane, mirror_im + lane, even_r - turn_r, even_i - turn_i);
  }
}

/* Z[n] is Z[0]; bin n / 2 is its own mirror, where X is conj Z. */
ESPALIER_INLINE void fixed_energies(const espalier_audio_fixed* tables, fixed_work work, const int lanes) {
  const int32_t points = tables->spec.fft_size / 2, middle = points / 2 * lanes, last = points * lanes;
  for (int lane = 0; lane < lanes; ++lane) {
    work.re[last + lane] = work.re[lane];
    work.im[last + lane] = work.im[lane];
    int32_t *r = work.re + middle + lane, *i = work.im + middle + lane;
    fixed_store_energy(r, i, halved(*r), halved(*i));
  }
  for (int32_t k = 0; 2 * k < points; ++k) {
    const int32_t row = k * lanes, mirror = (points - k) * lanes;
    fixed_split(work.re + row, work.im + row, work.re + mirror, work.im + mirror, tables->twiddles[2 * k],
                tables->twiddles[2 * k + 1], lanes);
  }
  if (tables->spec.spectrum != ESPALIER_SPECTRUM_MAGNITUDE) return;
  for (int32_t at = 0; at < (points + 1) * lanes; ++at) {
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
  const int32_t value = high_word((int64_t)log2 * 2977044472) + tables->band_offset[band]; /* ln 2 in Q32 */
  return empty || value < tables->log_floor ? tables->log_floor : value;
}

ESPALIER_INLINE void fixed_mel(const espalier_audio_fixed* tables, fixed_work work, const int32_t shift[],
                               const int lanes) {
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

/* Rows of `features` are `lanes` consecutive frames, Q16. */
ESPALIER_INLINE void fixed_dct(const espalier_audio_fixed* tables, fixed_work work, int32_t* features,
                               const int lanes) {
  const int32_t bands = tables->spec.mel_bands, count = espalier_audio_features(&tables->spec);
  for (int lane = 0; lane < lanes; ++lane) {
    for (int32_t c = 0; c < count; ++c) {
      int64_t sum = 0;
      if (tables->spec.coefficients > 0)
        for (int32_t band = 0; band < bands; ++band)
          sum += (int64_t)tables->dct[c * bands + band] * work.mel[band * lanes + lane];
      /* Q31 -> Q16 by the word above 2^32. */
      features[lane * count + c] = tables->spec.coefficients > 0 ? high_word(sum * 131072) : work.mel[c * lanes + lane];
    }
  }
}

ESPALIER_INLINE void fixed_frames(const espalier_audio_fixed* tables, const int16_t* pcm, int32_t* memory,
                                  int32_t* features, const int lanes) {
  const fixed_work work = fixed_work_of(&tables->spec, memory, lanes);
  int32_t shift[ESPALIER_AUDIO_BLOCK], gain[ESPALIER_AUDIO_BLOCK];
  for (int lane = 0; lane < lanes; ++lane) {
    shift[lane] = fixed_headroom(tables, pcm + lane * tables->spec.hop_samples);
    gain[lane] = (int32_t)1 << shift[lane];
  }
  fixed_window(tables, pcm, work, gain, lanes);
  fixed_fft(tables, work, lanes);
  fixed_energies(tables, work, lanes);
  fixed_mel(tables, work, shift, lanes);
  fixed_dct(tables, work, features, lanes);
}
