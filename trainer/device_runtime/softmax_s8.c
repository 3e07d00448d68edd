/* Fixed-point softmax: exp by a Taylor polynomial around -1/8 and one multiplication per bit of the exponent, the
 * reciprocal by Newton-Raphson. Names end in the number of integer bits of a Q format: q0 is Q0.31, q2 is Q2.29, q5 is
 * Q5.26. */
#include "device_runtime/kernels_s8.h"

#define Q0_ONE INT32_MAX
#define Q2_ONE ((int32_t)1 << 29)

/* Either factor may be negative, but never both INT32_MIN. */
static int32_t multiply(int32_t a, int32_t b) {
  const int64_t product = (int64_t)a * b;
  return (int32_t)((product + (product >= 0 ? ((int64_t)1 << 30) : 1 - ((int64_t)1 << 30))) / ((int64_t)1 << 31));
}

static int32_t saturating_left_shift(int32_t x, int32_t bits) {
  const int64_t wide = (int64_t)x * ((int64_t)1 << bits);
  return wide > INT32_MAX ? INT32_MAX : wide < INT32_MIN ? INT32_MIN : (int32_t)wide;
}

/* exp(a), a in [-1/4, 0), Q0.31 in and out. */
static int32_t exp_of_quarter_q0(int32_t a) {
  const int32_t exp_of_minus_eighth = 1895147668, third = 715827883;
  const int32_t x = a + (1 << 28), x2 = multiply(x, x), x3 = multiply(x2, x), x4 = multiply(x2, x2);
  const int32_t quarter_x4 = espalier_rounding_divide_by_power_of_two(x4, 2);
  const int32_t tail = espalier_rounding_divide_by_power_of_two(multiply(quarter_x4 + x3, third) + x2, 1);
  return exp_of_minus_eighth + multiply(exp_of_minus_eighth, x + tail);
}

/* exp(a), a <= 0 in Q5.26, result in Q0.31. */
static int32_t exp_of_negative(int32_t a_q5) {
  /* exp(-2^(i - 2)) in Q0.31 */
  static const int32_t powers[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  const int32_t quarter = 1 << 24, remainder_of_quarter = (a_q5 & (quarter - 1)) - quarter;
  const int32_t multiples = remainder_of_quarter - a_q5;
  int32_t result = exp_of_quarter_q0(remainder_of_quarter * 32);
  if (a_q5 == 0) return Q0_ONE;
  for (int32_t i = 0; i < 7; ++i)
    if (multiples & (1 << (24 + i))) result = multiply(result, powers[i]);
  return result;
}

/* 1 / (1 + a), a in [0, 1), Q0.31 in and out. */
static int32_t reciprocal_of_one_plus_q0(int32_t a) {
  const int32_t half_denominator = (int32_t)(((int64_t)a + Q0_ONE + 1) / 2);
  const int32_t constant_48_over_17_q2 = 1515870810, constant_minus_32_over_17_q2 = -1010580540;
  int32_t x_q2 = constant_48_over_17_q2 + multiply(half_denominator, constant_minus_32_over_17_q2);
  for (int32_t i = 0; i < 3; ++i)
    x_q2 += saturating_left_shift(multiply(x_q2, Q2_ONE - multiply(half_denominator, x_q2)), 2);
  return saturating_left_shift(x_q2, 1);
}

static int32_t leading_zeros(uint32_t x) {
  int32_t zeros = 0;
  for (; zeros < 32 && !(x >> 31); ++zeros) x <<= 1;
  return zeros;
}

static void softmax_row(const int8_t* input, int32_t depth, int32_t multiplier, int32_t left_shift, int32_t diff_min,
                        int8_t* output) {
  int32_t largest = -128, sum = 0; /* Q12.19 */
  for (int32_t c = 0; c < depth; ++c) largest = input[c] > largest ? input[c] : largest;
  for (int32_t c = 0; c < depth; ++c) {
    const int32_t difference = input[c] - largest;
    if (difference < diff_min) continue;
    sum += espalier_rounding_divide_by_power_of_two(
        exp_of_negative(multiply(saturating_left_shift(difference, left_shift), multiplier)), 12);
  }
  const int32_t headroom = leading_zeros((uint32_t)sum), bits_over_unit = 12 - headroom;
  const int32_t reciprocal = reciprocal_of_one_plus_q0((int32_t)(((uint32_t)sum << headroom) - ((uint32_t)1 << 31)));
  for (int32_t c = 0; c < depth; ++c) {
    const int32_t difference = input[c] - largest;
    int32_t probability = 0;
    if (difference >= diff_min)
      probability = espalier_rounding_divide_by_power_of_two(
          multiply(reciprocal, exp_of_negative(multiply(saturating_left_shift(difference, left_shift), multiplier))),
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
