/* Depthwise convolution for hosts: channels side by side in the lanes of vector registers. */
#include <string.h>

#include "device_runtime/window.h"

enum { BLOCK = 64 }; /* channels whose accumulators are held at once */

/* |input - zero_point| <= 255 and |weight| <= 127: a product fits int16, which vectorises twice as wide. */
static void multiply_add(const int8_t* restrict input, const int8_t* restrict weights, int32_t count,
                         int32_t zero_point, int32_t* restrict accumulators) {
  const int16_t offset = (int16_t)zero_point;
  for (int32_t c = 0; c < count; ++c) {
    const int16_t product = (int16_t)((int16_t)(input[c] - offset) * (int16_t)weights[c]);
    accumulators[c] += product;
  }
}

espalier_status espalier_depthwise_channels_s8(const int8_t* input, espalier_shape input_shape,
                                               int32_t input_zero_point, const int8_t* weights, const int32_t* bias,
                                               espalier_window window, const espalier_rescale* rescale, int8_t* output,
                                               espalier_shape output_shape) {
  const int32_t channels = input_shape.channels;
  int32_t accumulators[BLOCK];
  if (!espalier_window_fits(window, input_shape, output_shape) || output_shape.channels != channels)
    return ESPALIER_ARGUMENT;
  for (int32_t y = 0; y < output_shape.height; ++y) {
    const int32_t row = y * window.stride_height - window.pad_top;
    const espalier_span rows = espalier_inside(row, window.kernel_height, input_shape.height);
    for (int32_t x = 0; x < output_shape.width; ++x) {
      const int32_t column = x * window.stride_width - window.pad_left;
      const espalier_span columns = espalier_inside(column, window.kernel_width, input_shape.width);
      for (int32_t first = 0; first < channels; first += BLOCK) {
        const int32_t left = channels - first, count = left < BLOCK ? left : BLOCK;
        memcpy(accumulators, bias + first, (size_t)count * sizeof *bias);
        for (int32_t ky = rows.begin; ky < rows.end; ++ky)
          for (int32_t kx = columns.begin; kx < columns.end; ++kx)
            multiply_add(input + ((row + ky) * input_shape.width + column + kx) * channels + first,
                         weights + (ky * window.kernel_width + kx) * channels + first, count, input_zero_point,
                         accumulators);
        espalier_requantize_channels(accumulators, first, count, rescale,
                                     output + (y * output_shape.width + x) * channels + first);
      }
    }
  }
  return ESPALIER_OK;
}
