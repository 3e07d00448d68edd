/* Depthwise convolution for hosts: channels side by side in the lanes of vector registers.
 *
 * The input's rows pass through a ring in scratch memory, as many as the kernel is high, with their padding: no window
 * hangs over, and the output may overwrite the input. */
#include <string.h>

#include "device_runtime/window.h"

enum { BLOCK = 64 }; /* channels whose accumulators are held at once */

typedef struct {
  const int8_t* input;
  espalier_shape shape;
  int32_t zero_point;
  const int8_t* weights;
  const int32_t* bias;
  espalier_window window;
  const espalier_rescale* rescale;
  int32_t output_width;
  int8_t* rows;      /* [kernel_height][row_bytes]: row r of the input in slot (r + pad_top) % kernel_height */
  int32_t row_bytes; /* of an input row with its padding, as far as windows reach */
} convolution;

static int32_t row_bytes_of(espalier_window window, espalier_shape output_shape) {
  return ((output_shape.width - 1) * window.stride_width + window.kernel_width) * output_shape.channels;
}

int32_t espalier_depthwise_channels_s8_scratch(espalier_window window, espalier_shape output_shape) {
  return window.kernel_height * row_bytes_of(window, output_shape);
}

/* Puts a row of the input into its slot of the ring; one outside is all zero point. */
static void load_row(const convolution* conv, int32_t row) {
  const int32_t depth = conv->shape.channels, before = conv->window.pad_left * depth;
  int8_t* slot = conv->rows + (row + conv->window.pad_top) % conv->window.kernel_height * conv->row_bytes;
  int32_t inside = conv->shape.width * depth;
  if (row < 0 || row >= conv->shape.height) {
    memset(slot, conv->zero_point, (size_t)conv->row_bytes);
    return;
  }
  if (inside > conv->row_bytes - before) inside = conv->row_bytes - before;
  memset(slot, conv->zero_point, (size_t)before);
  memcpy(slot + before, conv->input + row * conv->shape.width * depth, (size_t)inside);
  memset(slot + before + inside, conv->zero_point, (size_t)(conv->row_bytes - before - inside));
}

/* |input - zero_point| <= 255 and |weight| <= 127: a product fits int16, which vectorises twice as wide. */
static void multiply_add(const int8_t* restrict input, const int8_t* restrict weights, int32_t count,
                         int32_t zero_point, int32_t* restrict accumulators) {
  const int16_t offset = (int16_t)zero_point;
  for (int32_t c = 0; c < count; ++c) {
    const int16_t product = (int16_t)((int16_t)(input[c] - offset) * (int16_t)weights[c]);
    accumulators[c] += product;
  }
}

/* A pixel of the output, from the windows that start in slot `top`. */
static void compute_pixel(const convolution* conv, int32_t top, int32_t x, int8_t* output) {
  const espalier_window* window = &conv->window;
  const int32_t channels = conv->shape.channels;
  int32_t accumulators[BLOCK];
  for (int32_t first = 0; first < channels; first += BLOCK) {
    const int32_t left = channels - first, count = left < BLOCK ? left : BLOCK;
    memcpy(accumulators, conv->bias + first, (size_t)count * sizeof *conv->bias);
    for (int32_t ky = 0, slot = top; ky < window->kernel_height; ++ky) {
      const int8_t* input = conv->rows + slot * conv->row_bytes + x * window->stride_width * channels + first;
      for (int32_t kx = 0; kx < window->kernel_width; ++kx)
        multiply_add(input + kx * channels, conv->weights + (ky * window->kernel_width + kx) * channels + first, count,
                     conv->zero_point, accumulators);
      if (++slot == window->kernel_height) slot = 0;
    }
    espalier_requantize_channels(accumulators, first, count, conv->rescale, output + first);
  }
}

espalier_status espalier_depthwise_channels_s8(const int8_t* input, espalier_shape input_shape,
                                               int32_t input_zero_point, const int8_t* weights, const int32_t* bias,
                                               espalier_window window, const espalier_rescale* rescale, int8_t* output,
                                               espalier_shape output_shape, void* scratch) {
  const convolution conv = {input,  input_shape, input_zero_point,   weights, bias,
                            window, rescale,     output_shape.width, scratch, row_bytes_of(window, output_shape)};
  if (!espalier_window_fits(window, input_shape, output_shape) || output_shape.channels != input_shape.channels)
    return ESPALIER_ARGUMENT;
  for (int32_t y = 0, loaded = -window.pad_top; y < output_shape.height; ++y) {
    const int32_t row = y * window.stride_height - window.pad_top;
    if (loaded < row) loaded = row;
    for (; loaded < row + window.kernel_height; ++loaded) load_row(&conv, loaded);
    for (int32_t x = 0; x < output_shape.width; ++x, output += output_shape.channels)
      compute_pixel(&conv, y * window.stride_height % window.kernel_height, x, output);
  }
  return ESPALIER_OK;
}
