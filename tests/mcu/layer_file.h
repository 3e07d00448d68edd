/* Layers with the bytes that the host's build of the kernels gave: a file of records. After each head: weights, bias,
 * multipliers, shifts, input and the expected output. */
#ifndef ESPALIER_TESTS_MCU_LAYER_FILE_H
#define ESPALIER_TESTS_MCU_LAYER_FILE_H
#include "device_runtime/kernels_s8.h"

enum { LAYER_CONVOLUTION, LAYER_DEPTHWISE, LAYER_FULLY_CONNECTED };
/* Sizes that no layer exceeds, in elements. */
enum { MOST_WEIGHTS = 60000, MOST_ELEMENTS = 12000, MOST_CHANNELS = 64, MOST_SCRATCH = 12000 };

typedef struct {
  int32_t kind, in_place; /* in_place: the output is to be written over the input */
  espalier_shape input, output;
  espalier_window window;
  int32_t input_zero_point, output_zero_point, low, high;
  int32_t weights; /* how many */
} layer_head;

static inline int32_t elements_of(espalier_shape shape) { return shape.height * shape.width * shape.channels; }

/* Runs a layer; scratch is aligned to 4. */
static inline espalier_status run_layer(const layer_head* layer, const int8_t* weights, const int32_t* bias,
                                        const espalier_rescale* rescale, const int8_t* input, int8_t* output,
                                        void* scratch) {
  switch (layer->kind) {
    case LAYER_CONVOLUTION:
      return espalier_conv2d_s8(input, layer->input, layer->input_zero_point, weights, bias, layer->window, rescale,
                                output, layer->output, scratch);
    case LAYER_DEPTHWISE:
      return espalier_depthwise_conv2d_s8(input, layer->input, layer->input_zero_point, weights, bias, layer->window,
                                          rescale, output, layer->output, scratch);
    default:
      return espalier_fully_connected_s8(input, elements_of(layer->input), layer->input_zero_point, weights, bias,
                                         rescale, output, layer->output.channels);
  }
}
#endif
