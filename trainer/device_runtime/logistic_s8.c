#include "device_runtime/fixed_point_exp.h"
#include "device_runtime/kernels_s8.h"

enum { INTEGER_BITS = 4 }; /* of the kernel's input: beyond +-16 the output has reached its ends */

/* 1 / (1 + exp(-x)), x in Q4.27, result in Q0.31. */
static int32_t logistic(int32_t x) {
  const int32_t of_magnitude =
      espalier_reciprocal_of_one_plus_q0(espalier_exp_of_negative(x > 0 ? -x : x, INTEGER_BITS));
  if (x == 0) return 1 << 30;
  return x > 0 ? of_magnitude : ESPALIER_Q0_ONE - of_magnitude;
}

espalier_status espalier_logistic_s8(const int8_t* input, int32_t count, int32_t input_zero_point, int32_t multiplier,
                                     int32_t left_shift, int32_t radius, int8_t* output) {
  if (count <= 0 || left_shift < 0 || (radius > 0 && left_shift > 30)) return ESPALIER_ARGUMENT;
  for (int32_t i = 0; i < count; ++i) {
    const int32_t x = input[i] - input_zero_point;
    int32_t q = -128;
    if (x >= radius && x > -radius) {
      q = 127;
    } else if (x > -radius) {
      const int32_t y = logistic(espalier_multiply_by_quantized_multiplier(x, multiplier, left_shift));
      q = espalier_clamp(espalier_rounding_divide_by_power_of_two(y, 23) - 128, -128, 127);
    }
    output[i] = (int8_t)q;
  }
  return ESPALIER_OK;
}
