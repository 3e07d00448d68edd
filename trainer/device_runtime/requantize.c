#include "device_runtime/requantize.h"

static void fixed_point(const int32_t* restrict accumulators, int32_t count, const int32_t* restrict multiplier,
                        const int8_t* restrict shift, int32_t zero_point, int32_t low, int32_t high,
                        int8_t* restrict output) {
  for (int32_t i = 0; i < count; ++i) {
    const int32_t scaled = espalier_multiply_by_quantized_multiplier(accumulators[i], multiplier[i], shift[i]);
    output[i] = (int8_t)espalier_clamp(scaled + zero_point, low, high);
  }
}

#ifndef ESPALIER_FIXED_POINT_ONLY
static void ties_to_even(const int32_t* restrict accumulators, int32_t count, const float* restrict scale,
                         int32_t zero_point, int32_t low, int32_t high, int8_t* restrict output) {
  for (int32_t i = 0; i < count; ++i)
    output[i] =
        (int8_t)espalier_clamp(espalier_round_to_even((float)accumulators[i] * scale[i]) + zero_point, low, high);
}
#endif

void espalier_requantize_channels(const int32_t* accumulators, int32_t first, int32_t count,
                                  const espalier_rescale* rescale, int8_t* output) {
#ifndef ESPALIER_FIXED_POINT_ONLY
  if (rescale->scale) {
    ties_to_even(accumulators, count, rescale->scale + first, rescale->zero_point, rescale->low, rescale->high, output);
    return;
  }
#endif
  fixed_point(accumulators, count, rescale->multiplier + first, rescale->shift + first, rescale->zero_point,
              rescale->low, rescale->high, output);
}

void espalier_requantize_all(const int32_t* accumulators, int32_t count, const espalier_rescale* rescale,
                             int8_t* output) {
  const int32_t zero_point = rescale->zero_point, low = rescale->low, high = rescale->high;
#ifndef ESPALIER_FIXED_POINT_ONLY
  if (rescale->scale) {
    const float scale = rescale->scale[0];
    for (int32_t i = 0; i < count; ++i)
      output[i] =
          (int8_t)espalier_clamp(espalier_round_to_even((float)accumulators[i] * scale) + zero_point, low, high);
    return;
  }
#endif
  const int32_t multiplier = rescale->multiplier[0], shift = rescale->shift[0];
  for (int32_t i = 0; i < count; ++i)
    output[i] = (int8_t)espalier_clamp(
        espalier_multiply_by_quantized_multiplier(accumulators[i], multiplier, shift) + zero_point, low, high);
}
