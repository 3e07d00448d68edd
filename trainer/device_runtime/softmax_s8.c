/* Fixed-point softmax: differences to the row's maximum in Q5.26, the sum of their exponentials in Q12.19. */
#include "device_runtime/fixed_point_exp.h"
#include "device_runtime/kernels_s8.h"

enum { INTEGER_BITS = 5 };

static int32_t leading_zeros(uint32_t x) {
  int32_t zeros = 0;
  for (; zeros < 32 && !(x >> 31); ++zeros) x <<= 1;
  return zeros;
}

static int32_t exp_of_difference(int32_t difference, int32_t multiplier, int32_t left_shift) {
  const int32_t x = espalier_multiply_q0(espalier_saturating_left_shift(difference, left_shift), multiplier);
  return espalier_exp_of_negative(x, INTEGER_BITS);
}

static void softmax_row(const int8_t* input, int32_t depth, int32_t multiplier, int32_t left_shift, int32_t diff_min,
                        int8_t* output) {
  int32_t largest = -128, sum = 0; /* Q12.19 */
  for (int32_t c = 0; c < depth; ++c) largest = input[c] > largest ? input[c] : largest;
  for (int32_t c = 0; c < depth; ++c) {
    const int32_t difference = input[c] - largest;
    if (difference < diff_min) continue;
    sum += espalier_rounding_divide_by_power_of_two(exp_of_difference(difference, multiplier, left_shift), 12);
  }
  const int32_t headroom = leading_zeros((uint32_t)sum), bits_over_unit = 12 - headroom;
  const int32_t reciprocal =
      espalier_reciprocal_of_one_plus_q0((int32_t)(((uint32_t)sum << headroom) - ((uint32_t)1 << 31)));
  for (int32_t c = 0; c < depth; ++c) {
    const int32_t difference = input[c] - largest;
    int32_t probability = 0;
    if (difference >= diff_min)
      probability = espalier_rounding_divide_by_power_of_two(
          espalier_multiply_q0(reciprocal, exp_of_difference(difference, multiplier, left_shift)),
          bits_over_unit + 31 - 8);
    output[c] = (int8_t)espalier_clamp(probability - 128, -128, 127);
  }
}

espalier_status espalier_softmax_s8(const int8_t* input, int32_t rows, int32_t depth, int32_t multiplier,
                                    int32_t left_shift, int32_t diff_min, int8_t* output) {
  if (rows <= 0 || depth <= 0 || depth >= 4096 || left_shift < 0 || left_shift > 31) return ESPALIER_ARGUMENT;
  for (int32_t row = 0; row < rows; ++row, input += depth, output += depth)
    softmax_row(input, depth, multiplier, left_shift, diff_min, output);
  return ESPALIER_OK;
}
