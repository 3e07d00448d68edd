#include <string.h>

#include "device_runtime/layer_parts_s8.h"
#include "device_runtime/weight_stream.h"

/* Bytes of weights that are decoded at once, and output channels at the least: the input's windows are gathered anew
 * for each part. Pixels that are set aside at once where the output overwrites the input: the weights are decoded anew
 * for each group. */
enum { DECODED = 1024, LEAST = 8, PIXELS = 32 };

static int32_t channels_at_once(int32_t run, int32_t channels) {
  const int32_t fitting = (DECODED / run) & ~1, wanted = fitting < LEAST ? LEAST : fitting;
  return wanted < channels ? wanted : channels;
}

static int32_t run_of(espalier_shape input_shape, espalier_window window) {
  return window.kernel_height * window.kernel_width * input_shape.channels;
}

static int32_t pixels_of(espalier_shape shape) { return shape.height * shape.width; }

static int may_overwrite(espalier_shape input_shape, espalier_window window, espalier_shape output_shape) {
  return window.kernel_height == 1 && window.kernel_width == 1 && input_shape.height == output_shape.height &&
         input_shape.width == output_shape.width && input_shape.channels == output_shape.channels;
}

/* Of the convolution itself, rounded up to what it is aligned to. */
static int32_t plain_scratch(espalier_shape input_shape, espalier_window window) {
  return (espalier_conv2d_s8_scratch(input_shape, window) + 3) & ~3;
}

int32_t espalier_encoded_conv2d_s8_scratch(espalier_shape input_shape, espalier_window window,
                                           espalier_shape output_shape) {
  const int32_t run = run_of(input_shape, window), pixels = pixels_of(input_shape);
  const int32_t aside = may_overwrite(input_shape, window, output_shape) ? (pixels < PIXELS ? pixels : PIXELS) : 0;
  return plain_scratch(input_shape, window) + channels_at_once(run, output_shape.channels) * run +
         aside * input_shape.channels;
}

espalier_status espalier_encoded_conv2d_s8(const int8_t* input, espalier_shape input_shape, int32_t input_zero_point,
                                           const espalier_encoded_weights* weights, const int32_t* bias,
                                           espalier_window window, const espalier_rescale* rescale, int8_t* output,
                                           espalier_shape output_shape, void* scratch) {
  const int32_t run = run_of(input_shape, window), channels = output_shape.channels, pixels = pixels_of(output_shape);
  const int in_place = input == output;
  if (run <= 0 || channels <= 0 || weights->count != run * channels) return ESPALIER_ARGUMENT;
  const int32_t at_once = channels_at_once(run, channels), step = in_place ? PIXELS : pixels;
  int8_t* const decoded = (int8_t*)scratch + plain_scratch(input_shape, window);
  int8_t* const aside = decoded + at_once * run;
  espalier_status status = ESPALIER_OK;
  for (int32_t pixel = 0; pixel < pixels && status == ESPALIER_OK; pixel += step) {
    espalier_weight_cursor cursor = {0, 0, 0, 0, 0, 0};
    if (in_place) {
      const int32_t count = pixels - pixel < step ? pixels - pixel : step;
      memcpy(aside, output + pixel * channels, (size_t)(count * channels));
      input = aside;
      input_shape.height = output_shape.height = 1;
      input_shape.width = output_shape.width = count;
    }
    for (int32_t first = 0; first < channels && status == ESPALIER_OK; first += at_once) {
      const espalier_rescale part = espalier_rescale_from(rescale, first);
      output_shape.channels = channels - first < at_once ? channels - first : at_once;
      weights->decode(weights, &cursor, output_shape.channels * run, decoded);
      status = espalier_conv2d_part_s8(input, input_shape, input_zero_point, decoded, bias + first, window, &part,
                                       output + pixel * channels + first, output_shape, channels, scratch);
    }
  }
  return status;
}
