#include "device_runtime/window.h"

enum { BLOCK = 32 }; /* output channels whose accumulators are held at once */

typedef struct {
  const int8_t* input;
  espalier_shape shape;
  int32_t zero_point;
  const int8_t* weights;
  espalier_window window;
} convolution;

static int32_t dot(const int8_t* restrict input, const int8_t* restrict weights, int32_t count, int32_t zero_point) {
  const int16_t offset = (int16_t)zero_point;
  int32_t sum = 0;
  for (int32_t i = 0; i < count; ++i) sum += (int16_t)(input[i] - offset) * (int16_t)weights[i];
  return sum;
}

/* One output channel of one pixel whose window starts at (row, column). Padding adds nothing: it equals the zero point.
 */
static int32_t accumulate(const convolution* conv, int32_t row, int32_t column, int32_t channel) {
  const espalier_window* window = &conv->window;
  const espalier_span rows = espalier_inside(row, window->kernel_height, conv->shape.height);
  const espalier_span columns = espalier_inside(column, window->kernel_width, conv->shape.width);
  const int32_t depth = conv->shape.channels, run = (columns.end - columns.begin) * depth;
  int32_t sum = 0;
  for (int32_t y = rows.begin; y < rows.end && run > 0; ++y)
    sum += dot(conv->input + ((row + y) * conv->shape.width + column + columns.begin) * depth,
               conv->weights + ((channel * window->kernel_height + y) * window->kernel_width + columns.begin) * depth,
               run, conv->zero_point);
  return sum;
}

espalier_status espalier_conv2d_s8(const int8_t* input, espalier_shape input_shape, int32_t input_zero_point,
                                   const int8_t* weights, const int32_t* bias, espalier_window window,
                                   const espalier_rescale* rescale, int8_t* output, espalier_shape output_shape) {
  const convolution conv = {input, input_shape, input_zero_point, weights, window};
  int32_t accumulators[BLOCK];
  if (!espalier_window_fits(window, input_shape, output_shape)) return ESPALIER_ARGUMENT;
  for (int32_t y = 0; y < output_shape.height; ++y)
    for (int32_t x = 0; x < output_shape.width; ++x)
      for (int32_t first = 0; first < output_shape.channels; first += BLOCK) {
        const int32_t left = output_shape.channels - first, count = left < BLOCK ? left : BLOCK;
        for (int32_t c = 0; c < count; ++c)
          accumulators[c] = bias[first + c] + accumulate(&conv, y * window.stride_height - window.pad_top,
                                                         x * window.stride_width - window.pad_left, first + c);
        espalier_requantize_channels(accumulators, first, count, rescale,
                                     output + (y * output_shape.width + x) * output_shape.channels + first);
      }
  return ESPALIER_OK;
}
