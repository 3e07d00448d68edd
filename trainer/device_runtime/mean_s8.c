#include "device_runtime/window.h"

enum { BLOCK = 64 }; /* channels whose sums are held at once */

static void add_channels(const int8_t* restrict input, int32_t count, int32_t* restrict sums) {
  for (int32_t c = 0; c < count; ++c) sums[c] += input[c];
}

espalier_status espalier_mean_s8(const int8_t* input, espalier_shape input_shape, int32_t input_zero_point,
                                 const espalier_rescale* rescale, int8_t* output) {
  const int32_t pixels = input_shape.height * input_shape.width, channels = input_shape.channels;
  int32_t sums[BLOCK];
  if (!espalier_shape_is_positive(input_shape)) return ESPALIER_ARGUMENT;
  for (int32_t first = 0; first < channels; first += BLOCK) {
    const int32_t left = channels - first, count = left < BLOCK ? left : BLOCK;
    for (int32_t c = 0; c < count; ++c) sums[c] = -pixels * input_zero_point;
    for (int32_t p = 0; p < pixels; ++p) add_channels(input + p * channels + first, count, sums);
    espalier_requantize_all(sums, count, rescale, output + first);
  }
  return ESPALIER_OK;
}

void espalier_mean_multiplier(int32_t count, int32_t* multiplier, int32_t* shift) {
  int32_t bits = 0;
  while (bits < 31 && (count >> bits) > 1) ++bits;
  if (bits > 31 + *shift) bits = 31 + *shift;
  *multiplier = (int32_t)(((int64_t)*multiplier << bits) / count);
  *shift -= bits;
}
