/* What the fixed-point front end does with rows of `lanes` numbers: rotations, energies, weighted sums, logarithms.
 * Compilers widen, permute and pack where two multiplications of every other lane do, so the processors that many hosts
 * have get those by name. */
#pragma once
#include "device_runtime/audio_fixed_math.h"

#if defined(__AVX2__)
#include <immintrin.h>

/* The upper words of even and odd lanes' 64-bit numbers, side by side again. */
ESPALIER_INLINE __m256i upper_words(__m256i even, __m256i odd) {
  return _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
}

/* Rounded as high_word does. */
ESPALIER_INLINE __m256i upper_words_rounded(__m256i even, __m256i odd) {
  const __m256i half = _mm256_set1_epi64x(0x80000000);
  return upper_words(_mm256_add_epi64(even, half), _mm256_add_epi64(odd, half));
}

ESPALIER_INLINE __m256i eight_of(const int32_t* row) { return _mm256_loadu_si256((const __m256i*)(const void*)row); }

ESPALIER_INLINE void put_eight(int32_t* row, __m256i value) { _mm256_storeu_si256((__m256i*)(void*)row, value); }

ESPALIER_INLINE void turn_eight(const int32_t* re, const int32_t* im, int32_t cosine, int32_t sine, int32_t* turned_re,
                                int32_t* turned_im) {
  const __m256i r = eight_of(re), i = eight_of(im), c = _mm256_set1_epi32(cosine), s = _mm256_set1_epi32(sine);
  const __m256i odd_r = _mm256_srli_epi64(r, 32), odd_i = _mm256_srli_epi64(i, 32);
  put_eight(turned_re, upper_words_rounded(_mm256_add_epi64(_mm256_mul_epi32(r, c), _mm256_mul_epi32(i, s)),
                                           _mm256_add_epi64(_mm256_mul_epi32(odd_r, c), _mm256_mul_epi32(odd_i, s))));
  put_eight(turned_im, upper_words_rounded(_mm256_sub_epi64(_mm256_mul_epi32(i, c), _mm256_mul_epi32(r, s)),
                                           _mm256_sub_epi64(_mm256_mul_epi32(odd_i, c), _mm256_mul_epi32(odd_r, s))));
}

ESPALIER_INLINE void energies_of_eight(const int32_t* re, const int32_t* im, int32_t* high, int32_t* low) {
  const __m256i r = eight_of(re), i = eight_of(im);
  const __m256i odd_r = _mm256_srli_epi64(r, 32), odd_i = _mm256_srli_epi64(i, 32);
  const __m256i even = _mm256_add_epi64(_mm256_mul_epi32(r, r), _mm256_mul_epi32(i, i));
  const __m256i odd = _mm256_add_epi64(_mm256_mul_epi32(odd_r, odd_r), _mm256_mul_epi32(odd_i, odd_i));
  put_eight(high, upper_words(even, odd));
  put_eight(low, _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA));
}

/* 64-bit numbers of the lanes 0, 2, 4, 6 and 1, 3, 5, 7. */
typedef struct {
  __m256i even, odd;
} eight_sums;

/* sums += weight * row, unsigned. */
ESPALIER_INLINE void add_weighted(eight_sums* sums, __m256i weight, const int32_t* row) {
  const __m256i words = eight_of(row);
  sums->even = _mm256_add_epi64(sums->even, _mm256_mul_epu32(words, weight));
  sums->odd = _mm256_add_epi64(sums->odd, _mm256_mul_epu32(_mm256_srli_epi64(words, 32), weight));
}

/* round(sum of weights[i] row[i] / 2^15), signed, of `count` rows of eight. */
ESPALIER_INLINE void weighted_rows_of_eight(const int16_t* weights, const int32_t* rows, int32_t count,
                                            int32_t* result) {
  eight_sums sums = {_mm256_setzero_si256(), _mm256_setzero_si256()};
  for (int32_t i = 0; i < count; ++i) {
    const __m256i words = eight_of(rows + i * 8), weight = _mm256_set1_epi32(weights[i]);
    sums.even = _mm256_add_epi64(sums.even, _mm256_mul_epi32(words, weight));
    sums.odd = _mm256_add_epi64(sums.odd, _mm256_mul_epi32(_mm256_srli_epi64(words, 32), weight));
  }
  put_eight(result, upper_words_rounded(_mm256_slli_epi64(sums.even, 17), _mm256_slli_epi64(sums.odd, 17)));
}

/* value as double, of which the bits below the 53 highest are cut. */
ESPALIER_INLINE __m256d four_doubles(__m256i value) {
  const __m256i large = _mm256_cmpgt_epi64(_mm256_srli_epi64(value, 53), _mm256_setzero_si256());
  const __m256i kept = _mm256_andnot_si256(_mm256_and_si256(large, _mm256_set1_epi64x(0x7ff)), value);
  /* 2^84 + 2^32 upper word, and 2^52 + lower word: numbers whose last bits are those words. */
  const __m256i upper = _mm256_or_si256(_mm256_srli_epi64(kept, 32), _mm256_set1_epi64x(0x4530000000000000));
  const __m256i lower = _mm256_blend_epi32(kept, _mm256_set1_epi64x(0x4330000000000000), 0xAA);
  const __m256d both = _mm256_set1_pd(0x1p84 + 0x1p52);
  return _mm256_add_pd(_mm256_sub_pd(_mm256_castsi256_pd(upper), both), _mm256_castsi256_pd(lower));
}

/* fixed_log2_words of four pairs of sums below 2^63; ones in *empty where both are 0. */
ESPALIER_INLINE __m256i four_log2(__m256i high, __m256i low, __m256i* empty) {
  const __m256i word = _mm256_set1_epi64x(0xffffffff), half = _mm256_set1_epi64x(0xffff);
  high = _mm256_add_epi64(high, _mm256_srli_epi64(low, 32));
  const __m256i big = _mm256_cmpgt_epi64(high, word);
  const __m256i small = _mm256_blend_epi32(low, _mm256_slli_epi64(high, 32), 0xAA);
  const __m256i value = _mm256_blendv_epi8(small, high, big);
  *empty = _mm256_cmpeq_epi64(value, _mm256_setzero_si256());
  /* A double's exponent is the highest bit's place, its next 7 bits the table's index, 16 more the rest. */
  const __m256i bits = _mm256_castpd_si256(four_doubles(value));
  const __m256i place = _mm256_sub_epi64(_mm256_srli_epi64(bits, 52), _mm256_set1_epi64x(1023));
  const __m256i index = _mm256_and_si256(_mm256_srli_epi64(bits, 45), _mm256_set1_epi64x(127));
  const __m256i rest = _mm256_and_si256(_mm256_srli_epi64(bits, 29), half);
  const void* table = espalier_log2_table;
  const __m256i pair = _mm256_cvtepu32_epi64(_mm256_i64gather_epi32((const int*)table, index, 2));
  const __m256i base = _mm256_and_si256(pair, half);
  const __m256i step = _mm256_and_si256(_mm256_sub_epi64(_mm256_srli_epi64(pair, 16), base), half);
  const __m256i chord = _mm256_add_epi64(_mm256_mul_epu32(step, rest), _mm256_set1_epi64x(32768));
  const __m256i whole =
      _mm256_add_epi64(_mm256_slli_epi64(place, 16), _mm256_and_si256(big, _mm256_set1_epi64x(32 * 65536)));
  return _mm256_add_epi64(_mm256_add_epi64(whole, base), _mm256_srli_epi64(chord, 16));
}

/* ln 2 in Q32 times a number of 32 bits; ln 2 is above 2^31, so its complement is what is multiplied. */
ESPALIER_INLINE __m256i times_ln2(__m256i log2) {
  const __m256i complement = _mm256_set1_epi64x(FIXED_LN2 - 0x100000000);
  return _mm256_add_epi64(_mm256_mul_epi32(log2, complement), _mm256_slli_epi64(log2, 32));
}

/* fixed_log_energy of eight lanes; `bits` is what each log2 is too large by. */
ESPALIER_INLINE __m256i eight_logs(eight_sums high, eight_sums low, __m256i bits, int32_t offset, int32_t floor) {
  const __m256i shifted = _mm256_slli_epi32(bits, 16), least = _mm256_set1_epi32(floor);
  __m256i empty_even, empty_odd;
  const __m256i even = _mm256_sub_epi32(four_log2(high.even, low.even, &empty_even), shifted);
  const __m256i odd = _mm256_sub_epi32(four_log2(high.odd, low.odd, &empty_odd), _mm256_srli_epi64(shifted, 32));
  const __m256i logs = upper_words_rounded(times_ln2(even), times_ln2(odd));
  const __m256i value = _mm256_max_epi32(_mm256_add_epi32(logs, _mm256_set1_epi32(offset)), least);
  return _mm256_blendv_epi8(value, least, _mm256_blend_epi32(empty_even, empty_odd, 0xAA));
}
#endif

/* (r + i j) exp(-angle j) / 2 of each lane, from cos and sin of the angle in Q31. */
ESPALIER_INLINE void fixed_turn(const int32_t* re, const int32_t* im, const int32_t cosine, const int32_t sine,
                                int32_t* turned_re, int32_t* turned_im, const int lanes) {
#if defined(__AVX2__)
  if (lanes == 8) {
    turn_eight(re, im, cosine, sine, turned_re, turned_im);
    return;
  }
#endif
  ESPALIER_LANES(lane, lanes) {
    const int32_t r = re[lane], i = im[lane];
    turned_re[lane] = high_word((int64_t)r * cosine + (int64_t)i * sine);
    turned_im[lane] = high_word((int64_t)i * cosine - (int64_t)r * sine);
  }
}

/* r^2 + i^2 of each lane as two words; what comes out may overwrite what goes in. */
ESPALIER_INLINE void fixed_energy(const int32_t* re, const int32_t* im, int32_t* high, int32_t* low, const int lanes) {
#if defined(__AVX2__)
  if (lanes == 8) {
    energies_of_eight(re, im, high, low);
    return;
  }
#endif
  ESPALIER_LANES(lane, lanes) {
    const int32_t r = re[lane], i = im[lane];
    const uint64_t energy = (uint64_t)((int64_t)r * r) + (uint64_t)((int64_t)i * i);
    high[lane] = signed_of((uint32_t)(energy >> 32));
    low[lane] = signed_of((uint32_t)energy);
  }
}
