/* Some pixels at a time: their windows are gathered, widened to int16 and freed of the zero point in scratch memory,
 * then multiplied by every output channel, in pairs, so that each number that is read counts twice. */
#include <string.h>

#include "device_runtime/layer_parts_s8.h"
#include "device_runtime/packed_s8.h"
#include "device_runtime/window.h"

enum {
  BLOCK = 32,     /* output channels whose accumulators are held at once */
  MOST_PAIRS = 8, /* of pixels that are gathered together */
  ELEMENTS = 64   /* that a window gathered more than once together may have */
};

typedef struct {
  const int8_t* input;
  espalier_shape shape;
  int32_t zero_point;
  const int8_t* weights;
  const int32_t* bias;
  espalier_window window;
  const espalier_rescale* rescale;
  int32_t run, channels; /* weights of an output channel; output channels */
  int16_t* columns;      /* [pairs][2 * run] */
  int8_t* patch;         /* [run]: a window that is not contiguous in the input */
} convolution;

/* Two pixels whose windows stand in the columns. An odd last pixel is its own partner. */
typedef struct {
  const int16_t* columns;
  int8_t *first, *second;
} pair;

static int is_pointwise(espalier_window window) { return window.kernel_height == 1 && window.kernel_width == 1; }

static int32_t pairs_at_once(int32_t run) {
  const int32_t pairs = ELEMENTS / run;
  return pairs < 1 ? 1 : pairs > MOST_PAIRS ? MOST_PAIRS : pairs;
}

int32_t espalier_conv2d_s8_scratch(espalier_shape input_shape, espalier_window window) {
  const int32_t run = window.kernel_height * window.kernel_width * input_shape.channels;
  return pairs_at_once(run) * 2 * run * (int32_t)sizeof(int16_t) + (is_pointwise(window) ? 0 : run);
}

/* The window that starts at (row, column), its padding filled with the zero point. */
static void gather(const convolution* conv, int32_t row, int32_t column) {
  const espalier_window* window = &conv->window;
  const espalier_span columns = espalier_inside(column, window->kernel_width, conv->shape.width);
  const int32_t depth = conv->shape.channels, inside = columns.end - columns.begin;
  int8_t* patch = conv->patch;
  if (inside < window->kernel_width || row < 0 || row + window->kernel_height > conv->shape.height)
    memset(patch, conv->zero_point, (size_t)conv->run);
  for (int32_t y = row; y < row + window->kernel_height; ++y, patch += window->kernel_width * depth)
    if (y >= 0 && y < conv->shape.height && inside > 0)
      memcpy(patch + columns.begin * depth, conv->input + (y * conv->shape.width + column + columns.begin) * depth,
             (size_t)(inside * depth));
}

#if ESPALIER_PACKED

/* Of each four elements, in int16: the first pixel's 0, 2, 1, 3, then the second's. What is left over: the first
 * pixel's elements, then the second's. */
static void widen(const convolution* conv, const int8_t* source, int32_t pixel, int16_t* columns) {
  const int16x2_t offset = (int16x2_t)((uint32_t)(uint16_t)conv->zero_point * 0x00010001u);
  const int32_t whole = conv->run & ~3, rest = conv->run & 3;
  int16_t* to = columns + 4 * pixel;
  for (const int8_t* end = source + whole; source < end; source += 4, to += 8) {
    const uint32_t bytes = espalier_load4(source);
    const int16x2_t even = __ssub16(espalier_even(bytes), offset), odd = __ssub16(espalier_odd(bytes), offset);
    memcpy(to, &even, sizeof even);
    memcpy(to + 2, &odd, sizeof odd);
  }
  to = columns + 2 * whole + rest * pixel;
  for (int32_t i = 0; i < rest; ++i) to[i] = (int16_t)(source[i] - conv->zero_point);
}

/* sums[2 * pixel + channel] += columns times the weights of two output channels. */
static inline void multiply(const int16_t* columns, const int8_t* weights, const int8_t* others, int32_t run,
                            int32_t* sums) {
  int32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
  const int32_t rest = run & 3;
  for (const int8_t* end = weights + (run & ~3); weights < end; weights += 4, others += 4, columns += 8) {
    const int16x2_t* x = (const int16x2_t*)(const void*)columns;
    const uint32_t w = espalier_load4(weights), v = espalier_load4(others);
    const int16x2_t w_even = espalier_even(w), w_odd = espalier_odd(w), v_even = espalier_even(v),
                    v_odd = espalier_odd(v);
    s0 = __smlad(x[0], w_even, s0);
    s1 = __smlad(x[0], v_even, s1);
    s0 = __smlad(x[1], w_odd, s0);
    s1 = __smlad(x[1], v_odd, s1);
    s2 = __smlad(x[2], w_even, s2);
    s3 = __smlad(x[2], v_even, s3);
    s2 = __smlad(x[3], w_odd, s2);
    s3 = __smlad(x[3], v_odd, s3);
  }
  for (int32_t i = 0; i < rest; ++i) {
    s0 += columns[i] * weights[i];
    s1 += columns[i] * others[i];
    s2 += columns[rest + i] * weights[i];
    s3 += columns[rest + i] * others[i];
  }
  sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
}

#else

/* The first pixel's elements, then the second's. */
static void widen(const convolution* conv, const int8_t* source, int32_t pixel, int16_t* columns) {
  const int16_t offset = (int16_t)conv->zero_point;
  int16_t* restrict to = columns + pixel * conv->run;
  for (int32_t i = 0; i < conv->run; ++i) to[i] = (int16_t)(source[i] - offset);
}

/* sums[2 * pixel + channel] += columns times the weights of two output channels. */
static inline void multiply(const int16_t* restrict columns, const int8_t* restrict weights,
                            const int8_t* restrict others, int32_t run, int32_t* restrict sums) {
  const int16_t* restrict second = columns + run;
  int32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
  for (int32_t i = 0; i < run; ++i) {
    s0 += columns[i] * (int16_t)weights[i];
    s1 += columns[i] * (int16_t)others[i];
    s2 += second[i] * (int16_t)weights[i];
    s3 += second[i] * (int16_t)others[i];
  }
  sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
}

#endif

/* Both pixels by output channels `channel` and `other`. */
static inline void accumulate(const convolution* conv, const int16_t* columns, int32_t channel, int32_t other,
                              int32_t* sums) {
  sums[0] = sums[2] = conv->bias[channel];
  sums[1] = sums[3] = conv->bias[other];
  multiply(columns, conv->weights + channel * conv->run, conv->weights + other * conv->run, conv->run, sums);
}

/* All output channels of both pixels. An odd last channel is its own partner. */
static void compute(const convolution* conv, const pair* pixels) {
  int32_t first[BLOCK], second[BLOCK], sums[4];
  for (int32_t start = 0; start < conv->channels; start += BLOCK) {
    const int32_t left = conv->channels - start, count = left < BLOCK ? left : BLOCK;
    for (int32_t c = 0; c < count; c += 2) {
      const int32_t other = c + 1 < count ? c + 1 : c;
      accumulate(conv, pixels->columns, start + c, start + other, sums);
      first[c] = sums[0], first[other] = sums[1];
      second[c] = sums[2], second[other] = sums[3];
    }
    espalier_requantize_channels(first, start, count, conv->rescale, pixels->first + start);
    espalier_requantize_channels(second, start, count, conv->rescale, pixels->second + start);
  }
}

#if ESPALIER_PACKED
static void compute_packed(const convolution* conv, const pair* pairs, int32_t count) {
  for (int32_t c = 0; c < conv->channels; c += 2) {
    const int32_t other = c + 1 < conv->channels ? c + 1 : c;
    const espalier_packed_rescale one = espalier_packed_channel(conv->rescale, c),
                                  two = espalier_packed_channel(conv->rescale, other);
    for (const pair *at = pairs, *end = pairs + count; at < end; ++at) {
      int32_t sums[4];
      accumulate(conv, at->columns, c, other, sums);
      at->first[c] = espalier_packed_requantize(sums[0], one);
      at->first[other] = espalier_packed_requantize(sums[1], two);
      at->second[c] = espalier_packed_requantize(sums[2], one);
      at->second[other] = espalier_packed_requantize(sums[3], two);
    }
  }
}
#endif

/* Gathers a pixel's window as the first or second half of the columns. */
static void prepare(const convolution* conv, int32_t pixel, int32_t output_width, int32_t half, int16_t* columns) {
  const int32_t row = pixel / output_width * conv->window.stride_height - conv->window.pad_top;
  const int32_t column = pixel % output_width * conv->window.stride_width - conv->window.pad_left;
  if (is_pointwise(conv->window)) {
    widen(conv, conv->input + (row * conv->shape.width + column) * conv->shape.channels, half, columns);
  } else {
    gather(conv, row, column);
    widen(conv, conv->patch, half, columns);
  }
}

espalier_status espalier_conv2d_s8(const int8_t* input, espalier_shape input_shape, int32_t input_zero_point,
                                   const int8_t* weights, const int32_t* bias, espalier_window window,
                                   const espalier_rescale* rescale, int8_t* output, espalier_shape output_shape,
                                   void* scratch) {
  return espalier_conv2d_part_s8(input, input_shape, input_zero_point, weights, bias, window, rescale, output,
                                 output_shape, output_shape.channels, scratch);
}

espalier_status espalier_conv2d_part_s8(const int8_t* input, espalier_shape input_shape, int32_t input_zero_point,
                                        const int8_t* weights, const int32_t* bias, espalier_window window,
                                        const espalier_rescale* rescale, int8_t* output, espalier_shape output_shape,
                                        int32_t stride, void* scratch) {
  const int32_t run = window.kernel_height * window.kernel_width * input_shape.channels;
  const int32_t pixels = output_shape.height * output_shape.width, channels = output_shape.channels;
  pair pairs[MOST_PAIRS];
  if (!espalier_window_fits(window, input_shape, output_shape)) return ESPALIER_ARGUMENT;
  const int32_t at_once = pairs_at_once(run);
  const convolution conv = {input,
                            input_shape,
                            input_zero_point,
                            weights,
                            bias,
                            window,
                            rescale,
                            run,
                            channels,
                            scratch,
                            (int8_t*)scratch + at_once * 2 * run * (int32_t)sizeof(int16_t)};
#if ESPALIER_PACKED
  const int packed = espalier_packed_suffices(rescale, bias, channels, run);
#endif
  for (int32_t pixel = 0; pixel < pixels;) {
    int32_t count = 0;
    for (; count < at_once && pixel < pixels; ++count, pixel += 2) {
      const int32_t second = pixel + 1 < pixels ? pixel + 1 : pixel;
      int16_t* columns = conv.columns + count * 2 * run;
      prepare(&conv, pixel, output_shape.width, 0, columns);
      prepare(&conv, second, output_shape.width, 1, columns);
      pairs[count].columns = columns;
      pairs[count].first = output + pixel * stride;
      pairs[count].second = output + second * stride;
    }
#if ESPALIER_PACKED
    if (packed) {
      compute_packed(&conv, pairs, count);
      continue;
    }
#endif
    for (int32_t i = 0; i < count; ++i) compute(&conv, pairs + i);
  }
#if ESPALIER_PACKED
  if (packed) espalier_packed_clamp(rescale, output, pixels, channels, stride);
#endif
  return ESPALIER_OK;
}
