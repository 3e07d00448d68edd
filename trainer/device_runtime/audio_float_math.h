/* Natural logarithm and square root of float32 from additions, multiplications, one division and integer operations, so
 * that every IEEE 754 processor gives the same bits. Include after no_contraction.h. */
#pragma once
#include <stdint.h>

#include "device_runtime/audio_lanes.h"

ESPALIER_INLINE uint32_t float_bits(float value) {
  union {
    float value;
    uint32_t bits;
  } both;
  both.value = value;
  return both.bits;
}

ESPALIER_INLINE float float_of_bits(uint32_t bits) {
  union {
    uint32_t bits;
    float value;
  } both;
  both.bits = bits;
  return both.value;
}

/* ln(x) for normal x > 0, relative error < 2.5e-7. x = 2^e * m with m in [sqrt(1/2), sqrt(2)), then
 * ln m = 2 atanh(s) = 2 (s + s^3/3 + s^5/5 + ...), s = (m - 1) / (m + 1), |s| < 0.172: the term in s^11 is below 1e-9.
 */
ESPALIER_INLINE float float_log(float x) {
  const uint32_t root_half = 0x3f3504f3u; /* sqrt(1/2) */
  const uint32_t shifted = float_bits(x) - root_half;
  const float exponent = (float)((int32_t)shifted >> 23);
  const float m = float_of_bits((shifted & 0x007fffffu) + root_half);
  const float s = (m - 1.0f) / (m + 1.0f);
  const float z = s * s;
  const float tail = z * (0.666666667f + z * (0.4f + z * (0.285714286f + z * 0.222222222f)));
  /* ln 2 in two parts: the first has 9 trailing zero bits, so that its product with the exponent is exact. */
  const float high = exponent * 0.693145752f;
  const float low = exponent * 1.42860682e-6f;
  return high + (2.0f * s + (s * tail + low));
}

/* sqrt(x) for x >= 0 (0 gives 0), relative error < 3e-7: an estimate of 1/sqrt(x) from the exponent, improved by Newton
 * steps r <- r (3 - x r^2) / 2. */
ESPALIER_INLINE float float_sqrt(float x) {
  float r = float_of_bits(0x5f3759dfu - (float_bits(x) >> 1));
  const float half = 0.5f * x;
  r = r * (1.5f - half * r * r);
  r = r * (1.5f - half * r * r);
  r = r * (1.5f - half * r * r);
  return x * r;
}
