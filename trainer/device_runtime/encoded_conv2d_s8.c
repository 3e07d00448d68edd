#include "device_runtime/layer_parts_s8.h"
#include "device_runtime/weight_stream.h"

/* Bytes of weights that are decoded at once, and output channels at the least: the input's windows are gathered anew
 * for each part. */
enum { DECODED = 1024, LEAST = 8 };

static int32_t channels_at_once(int32_t run, int32_t channels) {
  const int32_t fitting = (DECODED / run) & ~1, wanted = fitting < LEAST ? LEAST : fitting;
  return wanted < channels ? wanted : channels;
}

static int32_t run_of(espalier_shape input_shape, espalier_window window) {
  return window.kernel_height * window.kernel_width * input_shape.channels;
}

/* Of the convolution itself, rounded up to what it is aligned to. */
static int32_t plain_scratch(espalier_shape input_shape, espalier_window window) {
  return (espalier_conv2d_s8_scratch(input_shape, window) + 3) & ~3;
}

int32_t espalier_encoded_conv2d_s8_scratch(espalier_shape input_shape, espalier_window window,
                                           espalier_shape output_shape) {
  const int32_t run = run_of(input_shape, window);
  return plain_scratch(input_shape, window) + channels_at_once(run, output_shape.channels) * run;
}

espalier_status espalier_encoded_conv2d_s8(const int8_t* input, espalier_shape input_shape, int32_t input_zero_point,
                                           const espalier_encoded_weights* weights, const int32_t* bias,
                                           espalier_window window, const espalier_rescale* rescale, int8_t* output,
                                           espalier_shape output_shape, void* scratch) {
  const int32_t run = run_of(input_shape, window), channels = output_shape.channels;
  if (run <= 0 || channels <= 0 || weights->count != run * channels) return ESPALIER_ARGUMENT;
  const int32_t at_once = channels_at_once(run, channels);
  int8_t* const decoded = (int8_t*)scratch + plain_scratch(input_shape, window);
  espalier_weight_cursor cursor = {0, 0, 0, 0};
  espalier_status status = ESPALIER_OK;
  for (int32_t first = 0; first < channels && status == ESPALIER_OK; first += at_once) {
    const int32_t left = channels - first;
    const espalier_rescale part = espalier_rescale_from(rescale, first);
    espalier_shape part_shape = output_shape;
    part_shape.channels = left < at_once ? left : at_once;
    weights->decode(weights, &cursor, part_shape.channels * run, decoded);
    status = espalier_conv2d_part_s8(input, input_shape, input_zero_point, decoded, bias + first, window, &part,
                                     output + first, part_shape, channels, scratch);
  }
  return status;
}
