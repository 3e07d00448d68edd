/* The operators that move bytes: concatenate, pad, reshape; and requantize, which moves values. */
#include <string.h>

#include "device_runtime/window.h"

enum { BLOCK = 64 };

espalier_status espalier_concatenate_s8(const int8_t* input, int32_t pixels, int32_t input_channels, int8_t* output,
                                        int32_t output_channels, int32_t first) {
  if (pixels <= 0 || input_channels <= 0 || first < 0 || first + input_channels > output_channels)
    return ESPALIER_ARGUMENT;
  for (int32_t p = 0; p < pixels; ++p)
    memcpy(output + p * output_channels + first, input + p * input_channels, (size_t)input_channels);
  return ESPALIER_OK;
}

espalier_status espalier_pad_s8(const int8_t* input, espalier_shape input_shape, int32_t top, int32_t left,
                                int32_t value, int8_t* output, espalier_shape output_shape) {
  const int32_t row_bytes = input_shape.width * input_shape.channels;
  const int32_t output_row_bytes = output_shape.width * output_shape.channels;
  if (!espalier_shape_is_positive(input_shape) || input_shape.channels != output_shape.channels || top < 0 ||
      left < 0 || top + input_shape.height > output_shape.height || left + input_shape.width > output_shape.width)
    return ESPALIER_ARGUMENT;
  memset(output, value, (size_t)output_shape.height * (size_t)output_row_bytes);
  for (int32_t y = 0; y < input_shape.height; ++y)
    memcpy(output + (top + y) * output_row_bytes + left * output_shape.channels, input + y * row_bytes,
           (size_t)row_bytes);
  return ESPALIER_OK;
}

espalier_status espalier_reshape_s8(const int8_t* input, int32_t count, int8_t* output) {
  if (count <= 0) return ESPALIER_ARGUMENT;
  if (input != output) memcpy(output, input, (size_t)count);
  return ESPALIER_OK;
}

espalier_status espalier_requantize_s8(const int8_t* input, int32_t count, int32_t input_zero_point,
                                       const espalier_rescale* rescale, int8_t* output) {
  int32_t values[BLOCK];
  if (count <= 0) return ESPALIER_ARGUMENT;
  for (int32_t first = 0; first < count; first += BLOCK) {
    const int32_t rest = count - first, now = rest < BLOCK ? rest : BLOCK;
    for (int32_t i = 0; i < now; ++i) values[i] = input[first + i] - input_zero_point;
    espalier_requantize_all(values, now, rescale, output + first);
  }
  return ESPALIER_OK;
}
