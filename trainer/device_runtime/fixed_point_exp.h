/* exp and reciprocal in fixed point, as softmax and logistic share them: exp by a Taylor polynomial around -1/8 and one
 * multiplication per bit of the exponent, the reciprocal by Newton-Raphson. Names end in the number of integer bits of
 * a Q format: q0 is Q0.31, q2 is Q2.29. */
#ifndef ESPALIER_DEVICE_RUNTIME_FIXED_POINT_EXP_H
#define ESPALIER_DEVICE_RUNTIME_FIXED_POINT_EXP_H
#include "device_runtime/requantize.h"

#define ESPALIER_Q0_ONE INT32_MAX
#define ESPALIER_Q2_ONE ((int32_t)1 << 29)

/* round(a * b / 2^31), halves away from zero. Either factor may be negative, but never both INT32_MIN. */
static inline int32_t espalier_multiply_q0(int32_t a, int32_t b) {
  const int64_t product = (int64_t)a * b;
  return (int32_t)((product + (product >= 0 ? ((int64_t)1 << 30) : 1 - ((int64_t)1 << 30))) / ((int64_t)1 << 31));
}

static inline int32_t espalier_saturating_left_shift(int32_t x, int32_t bits) {
  const int64_t wide = (int64_t)x * ((int64_t)1 << bits);
  return wide > INT32_MAX ? INT32_MAX : wide < INT32_MIN ? INT32_MIN : (int32_t)wide;
}

/* exp(a), a in [-1/4, 0), Q0.31 in and out. */
static inline int32_t espalier_exp_of_quarter_q0(int32_t a) {
  const int32_t exp_of_minus_eighth = 1895147668, third = 715827883;
  const int32_t x = a + (1 << 28), x2 = espalier_multiply_q0(x, x), x3 = espalier_multiply_q0(x2, x),
                x4 = espalier_multiply_q0(x2, x2);
  const int32_t quarter_x4 = espalier_rounding_divide_by_power_of_two(x4, 2);
  const int32_t tail = espalier_rounding_divide_by_power_of_two(espalier_multiply_q0(quarter_x4 + x3, third) + x2, 1);
  return exp_of_minus_eighth + espalier_multiply_q0(exp_of_minus_eighth, x + tail);
}

/* exp(a), a <= 0 with integer_bits integer bits in [1, 5], result in Q0.31. */
static inline int32_t espalier_exp_of_negative(int32_t a, int32_t integer_bits) {
  /* exp(-2^(i - 2)) in Q0.31 */
  static const int32_t powers[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  const int32_t bit_of_quarter = 29 - integer_bits, quarter = 1 << bit_of_quarter;
  const int32_t remainder_of_quarter = (a & (quarter - 1)) - quarter, multiples = remainder_of_quarter - a;
  int32_t result = espalier_exp_of_quarter_q0(remainder_of_quarter * (1 << integer_bits));
  if (a == 0) return ESPALIER_Q0_ONE;
  for (int32_t i = 0; i < integer_bits + 2; ++i)
    if (multiples & (1 << (bit_of_quarter + i))) result = espalier_multiply_q0(result, powers[i]);
  return result;
}

/* 1 / (1 + a), a in [0, 1), Q0.31 in and out. */
static inline int32_t espalier_reciprocal_of_one_plus_q0(int32_t a) {
  const int32_t half_denominator = (int32_t)(((int64_t)a + ESPALIER_Q0_ONE + 1) / 2);
  const int32_t constant_48_over_17_q2 = 1515870810, constant_minus_32_over_17_q2 = -1010580540;
  int32_t x_q2 = constant_48_over_17_q2 + espalier_multiply_q0(half_denominator, constant_minus_32_over_17_q2);
  for (int32_t i = 0; i < 3; ++i) {
    const int32_t off = ESPALIER_Q2_ONE - espalier_multiply_q0(half_denominator, x_q2);
    x_q2 += espalier_saturating_left_shift(espalier_multiply_q0(x_q2, off), 2);
  }
  return espalier_saturating_left_shift(x_q2, 1);
}

#endif
