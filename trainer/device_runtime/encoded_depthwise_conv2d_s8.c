#include "device_runtime/layer_parts_s8.h"
#include "device_runtime/weight_stream.h"

/* Of the convolution itself, rounded up to what it is aligned to. */
static int32_t plain_scratch(espalier_window window, espalier_shape output_shape) {
  return (espalier_depthwise_conv2d_s8_scratch(window, output_shape) + 3) & ~3;
}

static int32_t channels_at_once(espalier_shape shape) {
  return shape.channels < ESPALIER_ENCODED_DEPTHWISE_BLOCK ? shape.channels : ESPALIER_ENCODED_DEPTHWISE_BLOCK;
}

int32_t espalier_encoded_depthwise_conv2d_s8_scratch(espalier_window window, espalier_shape output_shape) {
  return plain_scratch(window, output_shape) +
         window.kernel_height * window.kernel_width * channels_at_once(output_shape);
}

espalier_status espalier_encoded_depthwise_conv2d_s8(const int8_t* input, espalier_shape input_shape,
                                                     int32_t input_zero_point, const espalier_encoded_weights* weights,
                                                     const int32_t* bias, espalier_window window,
                                                     const espalier_rescale* rescale, int8_t* output,
                                                     espalier_shape output_shape, void* scratch) {
  const int32_t taps = window.kernel_height * window.kernel_width, channels = output_shape.channels;
  if (taps <= 0 || channels <= 0 || weights->count != taps * channels) return ESPALIER_ARGUMENT;
  const int32_t at_once = channels_at_once(output_shape);
  int8_t* const decoded = (int8_t*)scratch + plain_scratch(window, output_shape);
  espalier_weight_cursor cursor = {0, 0, 0, 0, 0, 0};
  espalier_status status = ESPALIER_OK;
  for (int32_t first = 0; first < channels && status == ESPALIER_OK; first += at_once) {
    const int32_t left = channels - first, count = left < at_once ? left : at_once;
    weights->decode(weights, &cursor, count * taps, decoded);
    status = espalier_depthwise_conv2d_part_s8(input, input_shape, input_zero_point, decoded, bias, window, rescale,
                                               output, output_shape, first, count, scratch);
  }
  return status;
}
