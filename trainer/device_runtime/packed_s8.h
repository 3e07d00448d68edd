/* Four int8 in a register: the DSP extension of Cortex-M4, M7, M33 and M55 multiplies two pairs of 16 bits at a time.
 *
 * Where ESPALIER_PACKED is 1 the kernels use it, elsewhere plain C; the bits are the same. Sums wrap instead of
 * overflowing: what a zero point adds and takes away may pass the ends of int32 on the way to a sum that fits. */
#ifndef ESPALIER_DEVICE_RUNTIME_PACKED_S8_H
#define ESPALIER_DEVICE_RUNTIME_PACKED_S8_H
#include "device_runtime/kernels_s8.h"

#if defined(__GNUC__) && defined(__thumb2__) && !defined(__ARM_BIG_ENDIAN) && \
    (defined(__ARM_FEATURE_DSP) || defined(__ARM_FEATURE_SIMD32))
#define ESPALIER_PACKED 1
#include <arm_acle.h>
#include <string.h>

/* Bytes 0 to 3 at any address. */
static inline uint32_t espalier_load4(const int8_t* bytes) {
  uint32_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}

/* Bytes 0 and 2 as two int16. */
static inline int16x2_t espalier_even(uint32_t bytes) { return __sxtb16((int8x4_t)bytes); }

/* Bytes 1 and 3 as two int16. One instruction, which GCC 12 does not make of a rotation and __sxtb16. */
static inline int16x2_t espalier_odd(uint32_t bytes) {
  int16x2_t odd;
  __asm__("sxtb16 %0, %1, ror #8" : "=r"(odd) : "r"(bytes));
  return odd;
}

/* round(a * b / 2^32), halves up. There is no intrinsic for it. */
static inline int32_t espalier_high_multiply(int32_t a, int32_t b) {
  int32_t high;
  __asm__("smmulr %0, %1, %2" : "=r"(high) : "r"(a), "r"(b));
  return high;
}

/* A channel's rescale in five instructions and a saturation. rounding: half of 2^exponent, and the zero point times
 * 2^exponent. */
typedef struct {
  int32_t multiplier, rounding, exponent;
} espalier_packed_rescale;

static inline espalier_packed_rescale espalier_packed_channel(const espalier_rescale* rescale, int32_t channel) {
  espalier_packed_rescale packed;
  packed.multiplier = rescale->multiplier[channel];
  packed.exponent = -rescale->shift[channel];
  packed.rounding =
      (int32_t)(((uint32_t)1 << packed.exponent >> 1) + ((uint32_t)rescale->zero_point << packed.exponent));
  return packed;
}

/* The fixed-point rescale of requantize.h saturated to int8. Halves are rounded away from zero by taking 1 from what is
 * negative. */
static inline int8_t espalier_packed_requantize(int32_t accumulator, espalier_packed_rescale channel) {
  const int32_t scaled = espalier_high_multiply((int32_t)((uint32_t)accumulator << 1), channel.multiplier);
  const int32_t rounded = (scaled + (scaled >> 31) + channel.rounding) >> channel.exponent;
  return (int8_t)__builtin_arm_ssat(rounded, 8);
}

/* Whether espalier_packed_requantize computes the channels exactly: fixed point, only shifts to the right, and
 * accumulators of `run` products below 2^30. */
int espalier_packed_suffices(const espalier_rescale* rescale, const int32_t* bias, int32_t channels, int32_t run);

/* Saturated bytes, clamped to the fused activation's range where that is narrower: `count` of them at the start of each
 * `stride`, `rows` times. */
void espalier_packed_clamp(const espalier_rescale* rescale, int8_t* bytes, int32_t rows, int32_t count, int32_t stride);

#else
#define ESPALIER_PACKED 0
#endif
#endif
