/* The int8 operators of the device: what the exported C runs and what the twin runs on the host.
 *
 * Every tensor is one sample, {height, width, channels} with the channels innermost. The caller owns every buffer;
 * nothing is allocated, no libc beyond string.h is used. Unless a kernel says otherwise, the output must not overlap an
 * input. Integers: inputs and outputs use all of [-128, 127]; zero points lie in [-128, 127]; weights in [-127, 127],
 * symmetric; each accumulator, its bias and every partial sum must fit int32 (the host proves it for the layer before
 * it exports). Every kernel returns ESPALIER_OK, or ESPALIER_ARGUMENT and writes nothing when a size is not positive or
 * sizes disagree. */
#ifndef ESPALIER_DEVICE_RUNTIME_KERNELS_S8_H
#define ESPALIER_DEVICE_RUNTIME_KERNELS_S8_H
#include "device_runtime/requantize.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { ESPALIER_OK = 0, ESPALIER_ARGUMENT = -1 } espalier_status;

typedef struct {
  int32_t height, width, channels;
} espalier_shape;

/* Bottom and right padding follow from the output's size. 0 <= pad < kernel. */
typedef struct {
  int32_t kernel_height, kernel_width, stride_height, stride_width, pad_top, pad_left;
} espalier_window;

/* weights [output.channels][kernel_height][kernel_width][input.channels], bias [output.channels], rescale per output
 * channel. Padding counts as input_zero_point. scratch: espalier_conv2d_s8_scratch bytes, aligned to 4, of which
 * nothing is kept. output may be input where the kernel is 1 x 1 without padding and the output is neither wider nor
 * deeper, and, with espalier_conv2d_s8_in_place_scratch bytes of scratch more, where both have one shape. */
espalier_status espalier_conv2d_s8(const int8_t* input, espalier_shape input_shape, int32_t input_zero_point,
                                   const int8_t* weights, const int32_t* bias, espalier_window window,
                                   const espalier_rescale* rescale, int8_t* output, espalier_shape output_shape,
                                   void* scratch);
int32_t espalier_conv2d_s8_scratch(espalier_shape input_shape, espalier_window window);
int32_t espalier_conv2d_s8_in_place_scratch(espalier_shape input_shape, espalier_window window);

/* Depth multiplier 1. weights [kernel_height][kernel_width][channels], bias [channels], rescale per channel. scratch:
 * espalier_depthwise_conv2d_s8_scratch bytes, aligned to 4, of which nothing is kept. output may be input (in
 * memory large enough for both). */
espalier_status espalier_depthwise_conv2d_s8(const int8_t* input, espalier_shape input_shape, int32_t input_zero_point,
                                             const int8_t* weights, const int32_t* bias, espalier_window window,
                                             const espalier_rescale* rescale, int8_t* output,
                                             espalier_shape output_shape, void* scratch);
int32_t espalier_depthwise_conv2d_s8_scratch(espalier_window window, espalier_shape output_shape);
/* The same bits, channels side by side in the lanes of vector registers: for hosts. In a file of its own, which a
 * device need not compile. */
espalier_status espalier_depthwise_channels_s8(const int8_t* input, espalier_shape input_shape,
                                               int32_t input_zero_point, const int8_t* weights, const int32_t* bias,
                                               espalier_window window, const espalier_rescale* rescale, int8_t* output,
                                               espalier_shape output_shape);

/* weights [outputs][inputs], bias [outputs]; rescale holds one entry per output (repeat it for a per-tensor scale). */
espalier_status espalier_fully_connected_s8(const int8_t* input, int32_t inputs, int32_t input_zero_point,
                                            const int8_t* weights, const int32_t* bias, const espalier_rescale* rescale,
                                            int8_t* output, int32_t outputs);

/* One input of an addition: (q - zero_point) * 2^20, times multiplier * 2^(shift - 31); shift in [-31, 0].
 * scale: the float32 factor s_input / s_output where espalier_addition.offset is used. */
typedef struct {
  int32_t zero_point, multiplier, shift;
  float scale;
} espalier_addend;

typedef struct {
  espalier_addend left, right;
  int32_t multiplier, shift; /* of the sum, shift in [-31, 0] */
  int32_t zero_point, low, high;
  int32_t in_float; /* nonzero: float32, ties to even; multipliers and shifts are ignored */
} espalier_addition;

/* count elements. output may be left or right itself (not a part of it). */
espalier_status espalier_add_s8(const int8_t* left, const int8_t* right, int32_t count,
                                const espalier_addition* addition, int8_t* output);

/* left [rows][count] times right [rows][count], or times one row of right for all (right_rows 1): (left - zero point) *
 * (right - zero point), rescaled; rescale: one entry for all, by s_left * s_right / s_output. 65,025 must fit int32
 * after its left shift. output may be left. */
espalier_status espalier_mul_s8(const int8_t* left, const int8_t* right, int32_t rows, int32_t count,
                                int32_t right_rows, int32_t left_zero_point, int32_t right_zero_point,
                                const espalier_rescale* rescale, int8_t* output);

/* Sum over the elements of the window that lie inside, divided by their number, rounded half away from zero, clamped to
 * [low, high]. Input and output share one encoding. Window area at most 2^23. */
espalier_status espalier_average_pool_s8(const int8_t* input, espalier_shape input_shape, espalier_window window,
                                         int32_t low, int32_t high, int8_t* output, espalier_shape output_shape);

/* Largest element inside the window, clamped to [low, high]. */
espalier_status espalier_max_pool_s8(const int8_t* input, espalier_shape input_shape, espalier_window window,
                                     int32_t low, int32_t high, int8_t* output, espalier_shape output_shape);

/* {h, w, c} -> {c}. rescale: one entry for all, whose multiplier has taken in the division by h * w: see
 * espalier_mean_multiplier. h * w * 255 must fit int32 after its left shift. */
espalier_status espalier_mean_s8(const int8_t* input, espalier_shape input_shape, int32_t input_zero_point,
                                 const espalier_rescale* rescale, int8_t* output);

/* Divides a quantized multiplier by count >= 1, as TensorFlow Lite's MEAN does: the multiplier is first shifted left by
 * min(floor(log2 count), 31 + shift) bits, the quotient truncated. */
void espalier_mean_multiplier(int32_t count, int32_t* multiplier, int32_t* shift);

/* Rows of `depth` logits to probabilities of scale 1/256, zero point -128, in fixed point (exp in Q5.26, sum in
 * Q12.19). multiplier, left_shift: beta * input_scale * 2^26 as a quantized multiplier >= 1, left_shift in [0, 31].
 * diff_min <= 0: differences to the row's maximum below it count as probability 0. output may be input. depth < 4096.
 */
espalier_status espalier_softmax_s8(const int8_t* input, int32_t rows, int32_t depth, int32_t multiplier,
                                    int32_t left_shift, int32_t diff_min, int8_t* output);

/* 1 / (1 + exp(-x)) of count elements, scale 1/256, zero point -128, in fixed point (x in Q4.27). multiplier,
 * left_shift: input_scale * 2^27 as a quantized multiplier, left_shift in [0, 31]. From radius =
 * floor(15 * 2^(27 - left_shift)) on, differences to the zero point give -128 or 127. output may be input. */
espalier_status espalier_logistic_s8(const int8_t* input, int32_t count, int32_t input_zero_point, int32_t multiplier,
                                     int32_t left_shift, int32_t radius, int8_t* output);

/* Multipliers in [2^14, 2^15), times 2^(shift - 15): output, s_input / 128 / s_output, shift in [-15, 0]; gate,
 * s_input / 128 / (3 / 2^15), shift at least -15. */
typedef struct {
  int32_t input_zero_point, output_zero_point;
  int32_t output_multiplier, output_shift;
  int32_t gate_multiplier, gate_shift;
} espalier_hard_swish;

/* x * min(max(x + 3, 0), 6) / 6 of count elements, in 16-bit fixed point. output may be input. */
espalier_status espalier_hard_swish_s8(const int8_t* input, int32_t count, const espalier_hard_swish* constants,
                                       int8_t* output);

/* Writes one input of a concatenation along the channels: `pixels` times input_channels bytes, to the output's channels
 * [first, first + input_channels) of output_channels. */
espalier_status espalier_concatenate_s8(const int8_t* input, int32_t pixels, int32_t input_channels, int8_t* output,
                                        int32_t output_channels, int32_t first);

/* Height and width are surrounded by value, in [-128, 127]: top rows and left columns before; the output's size says
 * how many after. */
espalier_status espalier_pad_s8(const int8_t* input, espalier_shape input_shape, int32_t top, int32_t left,
                                int32_t value, int8_t* output, espalier_shape output_shape);

/* The same bytes; output may be input. */
espalier_status espalier_reshape_s8(const int8_t* input, int32_t count, int8_t* output);

/* count elements into another encoding; rescale: one entry for all. output may be input. */
espalier_status espalier_requantize_s8(const int8_t* input, int32_t count, int32_t input_zero_point,
                                       const espalier_rescale* rescale, int8_t* output);

#ifdef __cplusplus
}
#endif
#endif
