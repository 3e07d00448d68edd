#include "device_runtime/kernels_s8.h"

/* Every value fits int16, as the fixed point of this kernel wants it; computed in int32. */

static int32_t saturate(int32_t x) { return espalier_clamp(x, INT16_MIN, INT16_MAX); }

/* round(a * b / 2^15), halves away from zero. b >= 0, so that it never saturates. */
static int32_t multiply_rounded(int32_t a, int32_t b) {
  const int32_t product = a * b;
  return (product + (product >= 0 ? 1 << 14 : 1 - (1 << 14))) / (1 << 15);
}

/* min(max(x / 6 + 1/2, 0), 1) in Q0.15; x in units of s_input / 128. A left shift saturates, the last bit of it after
 * the multiplication. */
static int32_t gate(int32_t x, int32_t multiplier, int32_t shift) {
  if (shift > 0) x = saturate(shift - 1 > 15 ? (x > 0) * INT16_MAX + (x < 0) * INT16_MIN : x * (1 << (shift - 1)));
  x = multiply_rounded(x, multiplier);
  if (shift > 0) x = saturate(2 * x);
  if (shift < 0) x = espalier_rounding_divide_by_power_of_two(x, -shift);
  return (x + (1 << 15)) >> 1;
}

espalier_status espalier_hard_swish_s8(const int8_t* input, int32_t count, const espalier_hard_swish* constants,
                                       int8_t* output) {
  const espalier_hard_swish c = *constants;
  if (count <= 0 || c.output_shift > 0 || c.output_shift < -15 || c.gate_shift < -15) return ESPALIER_ARGUMENT;
  for (int32_t i = 0; i < count; ++i) {
    const int32_t x = (input[i] - c.input_zero_point) * 128;
    const int32_t product = multiply_rounded(x, c.output_multiplier) * gate(x, c.gate_multiplier, c.gate_shift);
    const int32_t y = espalier_rounding_divide_by_power_of_two(product / (1 << 15), -c.output_shift);
    output[i] = (int8_t)espalier_clamp(y + c.output_zero_point, -128, 127);
  }
  return ESPALIER_OK;
}
