/* From an int32 accumulator to an int8 value, in the two arithmetics that edge runtimes use.
 *
 * Fixed point ("tflm"): gemmlowp's double rounding, as TensorFlow Lite Micro and CMSIS-NN do it (Jacob et al.,
 * "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018, section 2.2): a
 * saturating rounding doubling high multiplication, then a division by a power of two that rounds half away from zero.
 * Float ("ort_f32_even"): one float32 multiplication, rounded to nearest, ties to even, as ONNX Runtime and XNNPACK do
 * it. */
#ifndef ESPALIER_DEVICE_RUNTIME_REQUANTIZE_H
#define ESPALIER_DEVICE_RUNTIME_REQUANTIZE_H
#include <stdint.h>

#include "device_runtime/build_options.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How accumulators of a layer become int8.
 * multiplier: [channels], Q0.31, 0 or in [2^30, 2^31). shift: [channels], in [-31, 30], positive to the left; the
 * accumulator times 2^shift must fit int32. scale: NULL for fixed point; else [channels] float32 factors, and
 * multiplier and shift may be NULL. zero_point in [-128, 127]; -128 <= low <= high <= 127: the fused activation's
 * range. */
typedef struct {
  const int32_t* multiplier;
  const int8_t* shift;
  const float* scale;
  int32_t zero_point, low, high;
} espalier_rescale;

/* round(a * b / 2^31), halves up. b >= 0, so that it never saturates. The shift is logical because only the low 32 bits
 * are kept, and those agree; it is the form that AVX2 has. */
static inline int32_t espalier_doubling_high_multiply(int32_t a, int32_t b) {
  return (int32_t)(uint32_t)((uint64_t)((int64_t)a * (int64_t)b + ((int64_t)1 << 30)) >> 31);
}

/* round(x / 2^exponent), halves away from zero. exponent in [0, 31]. */
static inline int32_t espalier_rounding_divide_by_power_of_two(int32_t x, int32_t exponent) {
  const int32_t mask = (int32_t)(((uint32_t)1 << exponent) - 1u);
  const int32_t threshold = (mask >> 1) + (x < 0);
  return (x >> exponent) + ((x & mask) > threshold);
}

/* round(x * multiplier / 2^31 * 2^shift) with both roundings. shift in [-31, 30]. */
static inline int32_t espalier_multiply_by_quantized_multiplier(int32_t x, int32_t multiplier, int32_t shift) {
  const int32_t left = shift > 0 ? shift : 0, right = shift > 0 ? 0 : -shift;
  return espalier_rounding_divide_by_power_of_two(
      espalier_doubling_high_multiply((int32_t)((uint32_t)x << left), multiplier), right);
}

/* The float clamped to [-1024, 1024] and rounded to nearest, ties to even, without libm: adding 1.5 * 2^23 leaves no
 * fraction bits. The clamp also stands between a multiplication and this addition, so that no compiler can contract the
 * two. */
static inline int32_t espalier_round_to_even(float value) {
  value = value < -1024.0f ? -1024.0f : value;
  value = value > 1024.0f ? 1024.0f : value;
  return (int32_t)((value + 12582912.0f) - 12582912.0f);
}

static inline int32_t espalier_clamp(int32_t value, int32_t low, int32_t high) {
  value = value < low ? low : value;
  return value > high ? high : value;
}

/* output[i] = clamp(rescaled(accumulators[i]) + zero_point) for i in [0, count), with the parameters of channel first +
 * i. */
void espalier_requantize_channels(const int32_t* accumulators, int32_t first, int32_t count,
                                  const espalier_rescale* rescale, int8_t* output);

/* The same with one multiplier, shift or scale (index 0) for all. */
void espalier_requantize_all(const int32_t* accumulators, int32_t count, const espalier_rescale* rescale,
                             int8_t* output);

#ifdef __cplusplus
}
#endif
#endif
