/* Layers some output channels at a time, for weights that are not all there at once. */
#ifndef ESPALIER_DEVICE_RUNTIME_LAYER_PARTS_S8_H
#define ESPALIER_DEVICE_RUNTIME_LAYER_PARTS_S8_H
#include "device_runtime/kernels_s8.h"

#ifdef __cplusplus
extern "C" {
#endif

/* espalier_conv2d_s8 for output_shape.channels of the `stride` channels that a pixel of the output has; weights, bias,
 * rescale and output start at the first of them. */
espalier_status espalier_conv2d_part_s8(const int8_t* input, espalier_shape input_shape, int32_t input_zero_point,
                                        const int8_t* weights, const int32_t* bias, espalier_window window,
                                        const espalier_rescale* rescale, int8_t* output, espalier_shape output_shape,
                                        int32_t stride, void* scratch);

/* espalier_depthwise_conv2d_s8 for channels [first, first + count). weights [kernel_height][kernel_width][count];
 * everything else is of all channels. */
espalier_status espalier_depthwise_conv2d_part_s8(const int8_t* input, espalier_shape input_shape,
                                                  int32_t input_zero_point, const int8_t* weights, const int32_t* bias,
                                                  espalier_window window, const espalier_rescale* rescale,
                                                  int8_t* output, espalier_shape output_shape, int32_t first,
                                                  int32_t count, void* scratch);

#ifdef __cplusplus
}
#endif
#endif
