/* Weights in fewer bits than eight, and layers that decode them as they go, a few output channels at a time, into
 * scratch memory: never all at once, never in flash.
 *
 * A stream holds one code for each weight, in the order of the layer's weights unless it says otherwise, lowest bits of
 * a byte first: a number in two's complement, or an index into a table of the values that there are. A sparse stream
 * starts with a bit for each weight (a byte for each eight, lowest first), set where a weight is not zero, and holds
 * codes of those only. A stream of runs has before each of those codes how many zeros come first, in `run_bits` bits:
 * fewer than 2^run_bits - 1, which stands for as many zeros and another run, without a code in between. */
#ifndef ESPALIER_DEVICE_RUNTIME_ENCODED_S8_H
#define ESPALIER_DEVICE_RUNTIME_ENCODED_S8_H
#include "device_runtime/kernels_s8.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct espalier_encoded_weights espalier_encoded_weights;

/* Where in a stream decoding goes on. {0} at its start. */
typedef struct {
  int32_t weight, byte; /* weights decoded so far; bytes of codes read so far */
  uint32_t waiting;     /* bits that were read and not used, and how many */
  int32_t bits;
  int32_t zeros, code; /* of a run that has begun: what is left of it, and whether a code comes behind it */
} espalier_weight_cursor;

/* Decodes the next `count` weights. */
typedef void espalier_weight_decoder(const espalier_encoded_weights* encoded, espalier_weight_cursor* cursor,
                                     int32_t count, int8_t* weights);
espalier_weight_decoder espalier_decode_dense, espalier_decode_sparse, espalier_decode_runs;

struct espalier_encoded_weights {
  espalier_weight_decoder* decode;
  const uint8_t* bytes;
  const int8_t* table; /* of at most 2^bits values; NULL: codes are the weights */
  int32_t bits;        /* of a code, in [1, 8] */
  int32_t count;       /* of weights */
  int32_t run_bits;    /* of a run's length, in [1, 8]; for espalier_decode_runs */
};

/* As espalier_conv2d_s8; output may be input where the kernel is 1 x 1 without padding or strides and the output as
 * deep. scratch: espalier_encoded_conv2d_s8_scratch bytes. */
espalier_status espalier_encoded_conv2d_s8(const int8_t* input, espalier_shape input_shape, int32_t input_zero_point,
                                           const espalier_encoded_weights* weights, const int32_t* bias,
                                           espalier_window window, const espalier_rescale* rescale, int8_t* output,
                                           espalier_shape output_shape, void* scratch);
int32_t espalier_encoded_conv2d_s8_scratch(espalier_shape input_shape, espalier_window window,
                                           espalier_shape output_shape);

/* Channels whose weights follow one another in a depthwise layer's stream:
 * [channels / 16][kernel_height][kernel_width][16], the last block as narrow as it is. */
#define ESPALIER_ENCODED_DEPTHWISE_BLOCK 16

/* As espalier_depthwise_conv2d_s8. scratch: espalier_encoded_depthwise_conv2d_s8_scratch bytes. */
espalier_status espalier_encoded_depthwise_conv2d_s8(const int8_t* input, espalier_shape input_shape,
                                                     int32_t input_zero_point, const espalier_encoded_weights* weights,
                                                     const int32_t* bias, espalier_window window,
                                                     const espalier_rescale* rescale, int8_t* output,
                                                     espalier_shape output_shape, void* scratch);
int32_t espalier_encoded_depthwise_conv2d_s8_scratch(espalier_window window, espalier_shape output_shape);

/* As espalier_fully_connected_s8. scratch: espalier_encoded_fully_connected_s8_scratch bytes. */
espalier_status espalier_encoded_fully_connected_s8(const int8_t* input, int32_t inputs, int32_t input_zero_point,
                                                    const espalier_encoded_weights* weights, const int32_t* bias,
                                                    const espalier_rescale* rescale, int8_t* output, int32_t outputs,
                                                    void* scratch);
int32_t espalier_encoded_fully_connected_s8_scratch(int32_t inputs, int32_t outputs);

#ifdef __cplusplus
}
#endif
#endif
