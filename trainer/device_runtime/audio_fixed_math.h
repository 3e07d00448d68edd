/* Base-2 logarithm and square root of integers, halves and words. */
#pragma once
#include <stdint.h>

#include "device_runtime/audio_lanes.h"

/* The number that these 32 bits stand for in two's complement, as every compiler for the processors at hand converts.
 */
ESPALIER_INLINE int32_t signed_of(uint32_t bits) { return (int32_t)bits; }

/* round(sum / 2^32), ties upward. */
ESPALIER_INLINE int32_t high_word(int64_t sum) { return signed_of((uint32_t)(((uint64_t)sum + 0x80000000u) >> 32)); }

/* ln 2 in Q32. */
#define FIXED_LN2 2977044472LL

/* Floor of half. Right shifts of negative numbers are arithmetic in every compiler for the processors
 * at hand; a test asserts it. */
ESPALIER_INLINE int32_t halved(int32_t value) { return value >> 1; }

/* log2(1 + i / 128) in Q16, for i in [0, 128], rounded, modulo 65536; audio_fixed_log.c. */
extern const uint16_t espalier_log2_table[129];

/* Number of zero bits above the highest one bit of a value that is not 0. */
ESPALIER_INLINE int32_t leading_zeros(uint64_t value) {
#if defined(__GNUC__)
  return (int32_t)__builtin_clzll(value);
#else
  int32_t zeros = 0;
  for (; !(value >> 63); value <<= 1) ++zeros;
  return zeros;
#endif
}

/* log2(value) in Q16 for value > 0; error < 2.5e-5 (the chord of 1/128 and the rounding of the table). */
ESPALIER_INLINE int32_t fixed_log2(uint64_t value) {
  const int32_t zeros = leading_zeros(value);
  const uint64_t fraction = (value << zeros) << 1; /* without the leading one */
  const uint32_t index = (uint32_t)(fraction >> 57);
  const uint32_t rest = (uint32_t)(fraction >> 41) & 0xffffu;
  const uint32_t base = espalier_log2_table[index];
  const uint32_t step = (espalier_log2_table[index + 1u] - base) & 0xffffu;
  return (int32_t)((uint32_t)(63 - zeros) * 65536u + base + ((step * rest + 32768u) >> 16));
}

/* floor(sqrt(value)), bit by bit. */
ESPALIER_INLINE uint32_t fixed_sqrt(uint64_t value) {
  uint64_t root = 0, bit = (uint64_t)1 << 62;
  while (bit > value) bit >>= 2;
  for (; bit != 0; bit >>= 2) {
    if (value >= root + bit) {
      value -= root + bit;
      root = (root >> 1) + bit;
    } else {
      root >>= 1;
    }
  }
  return (uint32_t)root;
}
