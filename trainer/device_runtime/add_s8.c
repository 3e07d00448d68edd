#include "device_runtime/kernels_s8.h"

enum { BLOCK = 64 }; /* results are held back so that the output may be an input and the loop still vectorises */

static int32_t rescaled(int32_t q, const espalier_addend* addend) {
  return espalier_multiply_by_quantized_multiplier((q - addend->zero_point) * (1 << 20), addend->multiplier,
                                                   addend->shift);
}

static void add_fixed(const int8_t* left, const int8_t* right, int32_t count, const espalier_addition* add,
                      int8_t* sums) {
  const espalier_addition a = *add;
  for (int32_t i = 0; i < count; ++i) {
    const int32_t sum = rescaled(left[i], &a.left) + rescaled(right[i], &a.right);
    sums[i] = (int8_t)espalier_clamp(
        espalier_multiply_by_quantized_multiplier(sum, a.multiplier, a.shift) + a.zero_point, a.low, a.high);
  }
}

#ifndef ESPALIER_FIXED_POINT_ONLY
static void add_float(const int8_t* left, const int8_t* right, int32_t count, const espalier_addition* add,
                      int8_t* sums) {
  const espalier_addition a = *add;
  const float offset = a.left.scale * (float)a.left.zero_point + a.right.scale * (float)a.right.zero_point;
  const float fixed = (float)a.zero_point - offset;
  for (int32_t i = 0; i < count; ++i) {
    const float sum = (float)left[i] * a.left.scale + fixed;
    sums[i] = (int8_t)espalier_clamp(espalier_round_to_even((float)right[i] * a.right.scale + sum), a.low, a.high);
  }
}
#endif

espalier_status espalier_add_s8(const int8_t* left, const int8_t* right, int32_t count,
                                const espalier_addition* addition, int8_t* output) {
  int8_t sums[BLOCK];
  if (count <= 0) return ESPALIER_ARGUMENT;
  for (int32_t first = 0; first < count; first += BLOCK) {
    const int32_t rest = count - first, now = rest < BLOCK ? rest : BLOCK;
#ifndef ESPALIER_FIXED_POINT_ONLY
    if (addition->in_float)
      add_float(left + first, right + first, now, addition, sums);
    else
#endif
      add_fixed(left + first, right + first, now, addition, sums);
    for (int32_t i = 0; i < now; ++i) output[first + i] = sums[i];
  }
  return ESPALIER_OK;
}
