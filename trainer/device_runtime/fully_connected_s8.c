#include "device_runtime/kernels_s8.h"

enum { BLOCK = 32 }; /* outputs whose accumulators are held at once */

static int32_t dot(const int8_t* restrict input, const int8_t* restrict weights, int32_t count, int32_t zero_point) {
  const int16_t offset = (int16_t)zero_point;
  int32_t sum = 0;
  for (int32_t i = 0; i < count; ++i) sum += (int16_t)(input[i] - offset) * (int16_t)weights[i];
  return sum;
}

espalier_status espalier_fully_connected_s8(const int8_t* input, int32_t inputs, int32_t input_zero_point,
                                            const int8_t* weights, const int32_t* bias, const espalier_rescale* rescale,
                                            int8_t* output, int32_t outputs) {
  int32_t accumulators[BLOCK];
  if (inputs <= 0 || outputs <= 0) return ESPALIER_ARGUMENT;
  for (int32_t first = 0; first < outputs; first += BLOCK) {
    const int32_t left = outputs - first, count = left < BLOCK ? left : BLOCK;
    for (int32_t c = 0; c < count; ++c)
      accumulators[c] = bias[first + c] + dot(input, weights + (first + c) * inputs, inputs, input_zero_point);
    espalier_requantize_channels(accumulators, first, count, rescale, output + first);
  }
  return ESPALIER_OK;
}
