/* Products of the fixed-point front end over rows of `lanes` numbers: rotations and energies. Compilers widen, permute
 * and pack where two multiplications of every other lane do, so the processors that many hosts have get those by name.
 */
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
