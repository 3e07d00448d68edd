/* Channel by channel: a channel's plane is copied into scratch memory with its padding, so that no window hangs over,
 * its elements are neighbours and the output may overwrite the input, which holds that channel for nobody else. */
#include <string.h>

#include "device_runtime/layer_parts_s8.h"
#include "device_runtime/packed_s8.h"
#include "device_runtime/window.h"

enum { BLOCK = 16 /* outputs whose accumulators are held at once */ };

typedef struct {
  const int8_t* input;
  espalier_shape shape;
  int32_t zero_point;
  const int8_t* weights;
  const int32_t* bias;
  espalier_window window;
  const espalier_rescale* rescale;
  int8_t* output;
  espalier_shape output_shape;
  int8_t* plane;         /* [height][width], as far as windows reach when they are read four elements at a time */
  int32_t height, width; /* of the plane */
  int16_t* taps;         /* [kernel_height][kernel_width rounded up to 4]: the channel's weights */
  int32_t first, count;  /* channels that the weights are of */
} convolution;

static int32_t rounded_up(int32_t count) { return (count + 3) & ~3; }
static int32_t plane_height(espalier_window window, espalier_shape output_shape) {
  return (output_shape.height - 1) * window.stride_height + window.kernel_height;
}
static int32_t plane_width(espalier_window window, espalier_shape output_shape) {
  return (output_shape.width - 1) * window.stride_width + rounded_up(window.kernel_width);
}
static int32_t taps_of(espalier_window window) { return window.kernel_height * rounded_up(window.kernel_width); }

int32_t espalier_depthwise_conv2d_s8_scratch(espalier_window window, espalier_shape output_shape) {
  return taps_of(window) * (int32_t)sizeof(int16_t) +
         plane_height(window, output_shape) * plane_width(window, output_shape);
}

/* Copies what lies inside; around it the plane keeps the zero point. */
static void load_plane(const convolution* conv, int32_t channel) {
  const int32_t top = conv->window.pad_top, left = conv->window.pad_left, depth = conv->shape.channels;
  const int32_t rows = conv->shape.height < conv->height - top ? conv->shape.height : conv->height - top;
  const int32_t columns = conv->shape.width < conv->width - left ? conv->shape.width : conv->width - left;
  for (int32_t y = 0; y < rows; ++y) {
    const int8_t* from = conv->input + y * conv->shape.width * depth + channel;
    int8_t *to = conv->plane + (top + y) * conv->width + left, *end = to + columns;
    for (; to + 4 <= end; to += 4, from += 4 * depth) {
      to[0] = from[0];
      to[1] = from[depth];
      to[2] = from[2 * depth];
      to[3] = from[3 * depth];
    }
    for (; to < end; ++to, from += depth) *to = *from;
  }
}

/* sums[x] of `count` outputs whose windows start at row, for a 3 x 3 kernel. */
static void sum_three_by_three(const convolution* conv, const int8_t* row, const int8_t* w, int32_t bias, int32_t count,
                               int32_t* sums) {
  const int32_t next = conv->count, step = conv->window.stride_width;
  const int8_t *v = w + 3 * next, *u = v + 3 * next, *middle = row + conv->width, *lower = middle + conv->width;
  const int32_t w0 = w[0], w1 = w[next], w2 = w[2 * next], v0 = v[0], v1 = v[next], v2 = v[2 * next], u0 = u[0],
                u1 = u[next], u2 = u[2 * next];
  /* Without its sign: with the zero point taken in, it may pass the ends of int32 on the way to a sum that fits. */
  const uint32_t start = (uint32_t)bias - (uint32_t)(conv->zero_point * (w0 + w1 + w2 + v0 + v1 + v2 + u0 + u1 + u2));
  for (int32_t x = 0; x < count; ++x, row += step, middle += step, lower += step) {
    const int32_t products = row[0] * w0 + row[1] * w1 + row[2] * w2 + middle[0] * v0 + middle[1] * v1 +
                             middle[2] * v2 + lower[0] * u0 + lower[1] * u1 + lower[2] * u2;
    sums[x] = (int32_t)(start + (uint32_t)products);
  }
}

static void sum_any(const convolution* conv, const int8_t* row, const int8_t* weights, int32_t bias, int32_t count,
                    int32_t* sums) {
  const espalier_window* window = &conv->window;
  for (int32_t x = 0; x < count; ++x, row += window->stride_width) {
    const int8_t *line = row, *w = weights;
    int32_t sum = bias;
    for (int32_t ky = 0; ky < window->kernel_height; ++ky, line += conv->width)
      for (int32_t kx = 0; kx < window->kernel_width; ++kx, w += conv->count) sum += (line[kx] - conv->zero_point) * *w;
    sums[x] = sum;
  }
}

static void compute(const convolution* conv, int32_t channel) {
  const espalier_window* window = &conv->window;
  const int32_t depth = conv->shape.channels, width = conv->output_shape.width;
  const espalier_rescale* all = conv->rescale;
  const espalier_rescale one = {all->multiplier ? all->multiplier + channel : NULL,
                                all->shift ? all->shift + channel : NULL,
                                all->scale ? all->scale + channel : NULL,
                                all->zero_point,
                                all->low,
                                all->high};
  int8_t* to = conv->output + channel;
  for (int32_t y = 0; y < conv->output_shape.height; ++y)
    for (int32_t first = 0; first < width; first += BLOCK) {
      const int32_t count = width - first < BLOCK ? width - first : BLOCK;
      const int8_t* row = conv->plane + y * window->stride_height * conv->width + first * window->stride_width;
      int32_t sums[BLOCK];
      int8_t bytes[BLOCK];
      (window->kernel_height == 3 && window->kernel_width == 3 ? sum_three_by_three : sum_any)(
          conv, row, conv->weights + (channel - conv->first), conv->bias[channel], count, sums);
      espalier_requantize_all(sums, count, &one, bytes);
      for (int32_t x = 0; x < count; ++x, to += depth) *to = bytes[x];
    }
}

#if ESPALIER_PACKED

static inline int16x2_t both(int32_t low, int32_t high) {
  return (int16x2_t)((uint32_t)(uint16_t)low | (uint32_t)high << 16);
}

/* Adds one row of a 3 x 3 kernel to two neighbouring outputs. outer: its weights 0 and 2; middle: its weight 1. */
static inline void three_taps(const int8_t* input, int16x2_t outer, int32_t middle, int32_t* first, int32_t* second) {
  const uint32_t bytes = espalier_load4(input);
  const int16x2_t even = espalier_even(bytes), odd = espalier_odd(bytes);
  *first = __smlabb(odd, middle, __smlad(even, outer, *first));
  *second = __smlatb(even, middle, __smlad(odd, outer, *second));
}

/* A 3 x 3 kernel whose windows are next to each other, two outputs at a time. */
static void compute_three_by_three(const convolution* conv, int32_t channel) {
  const int32_t depth = conv->shape.channels, out = conv->output_shape.width, width = conv->width;
  const int32_t next = conv->count, last = 2 * next;
  const int8_t *w = conv->weights + (channel - conv->first), *v = w + 3 * next, *u = v + 3 * next;
  const int32_t w1 = w[next], v1 = v[next], u1 = u[next];
  const int16x2_t w02 = both(w[0], w[last]), v02 = both(v[0], v[last]), u02 = both(u[0], u[last]);
  const int32_t sum = w1 + v1 + u1 + w[0] + w[last] + v[0] + v[last] + u[0] + u[last];
  const int32_t bias = conv->bias[channel] - conv->zero_point * sum;
  const espalier_packed_rescale rescale = espalier_packed_channel(conv->rescale, channel);
  const int8_t* row = conv->plane;
  int8_t* to = conv->output + channel;
  for (int32_t y = 0; y < conv->output_shape.height; ++y, row += conv->window.stride_height * width)
    for (int32_t x = 0; x < out; x += 2) {
      int32_t first = bias, second = bias;
      three_taps(row + x, w02, w1, &first, &second);
      three_taps(row + x + width, v02, v1, &first, &second);
      three_taps(row + x + 2 * width, u02, u1, &first, &second);
      *to = espalier_packed_requantize(first, rescale);
      to += depth;
      if (x + 1 == out) break;
      *to = espalier_packed_requantize(second, rescale);
      to += depth;
    }
}

/* The weights of a channel in int16, of each four 0, 2, 1, 3, with zeros after the last of a row. Returns the bias less
 * what the zero point adds. */
static int32_t widen(const convolution* conv, int32_t channel) {
  const espalier_window* window = &conv->window;
  const int8_t* weights = conv->weights + (channel - conv->first);
  const int32_t wide = rounded_up(window->kernel_width);
  int16_t* to = conv->taps;
  int32_t sum = 0;
  for (int32_t ky = 0; ky < window->kernel_height; ++ky, to += wide)
    for (int32_t kx = 0; kx < wide; ++kx) {
      const int32_t place = (kx & ~3) + (kx & 1) * 2 + (kx >> 1 & 1);
      to[place] = 0;
      if (kx >= window->kernel_width) continue;
      to[place] = *weights;
      sum += *weights;
      weights += conv->count;
    }
  return conv->bias[channel] - conv->zero_point * sum;
}

static void compute_packed(const convolution* conv, int32_t channel) {
  const espalier_window* window = &conv->window;
  const int32_t bias = widen(conv, channel);
  const espalier_packed_rescale rescale = espalier_packed_channel(conv->rescale, channel);
  int8_t* to = conv->output + channel;
  for (int32_t y = 0; y < conv->output_shape.height; ++y)
    for (int32_t x = 0; x < conv->output_shape.width; ++x, to += conv->shape.channels) {
      const int16x2_t* w = (const int16x2_t*)(const void*)conv->taps;
      const int8_t* row = conv->plane + y * window->stride_height * conv->width + x * window->stride_width;
      int32_t sum = bias;
      for (int32_t ky = 0; ky < window->kernel_height; ++ky, row += conv->width)
        for (const int8_t *at = row, *end = row + window->kernel_width; at < end; at += 4, w += 2) {
          const uint32_t bytes = espalier_load4(at);
          sum = __smlad(espalier_odd(bytes), w[1], __smlad(espalier_even(bytes), w[0], sum));
        }
      *to = espalier_packed_requantize(sum, rescale);
    }
}

#endif

espalier_status espalier_depthwise_conv2d_s8(const int8_t* input, espalier_shape input_shape, int32_t input_zero_point,
                                             const int8_t* weights, const int32_t* bias, espalier_window window,
                                             const espalier_rescale* rescale, int8_t* output,
                                             espalier_shape output_shape, void* scratch) {
  return espalier_depthwise_conv2d_part_s8(input, input_shape, input_zero_point, weights, bias, window, rescale, output,
                                           output_shape, 0, output_shape.channels, scratch);
}

espalier_status espalier_depthwise_conv2d_part_s8(const int8_t* input, espalier_shape input_shape,
                                                  int32_t input_zero_point, const int8_t* weights, const int32_t* bias,
                                                  espalier_window window, const espalier_rescale* rescale,
                                                  int8_t* output, espalier_shape output_shape, int32_t first,
                                                  int32_t count, void* scratch) {
  if (!espalier_window_fits(window, input_shape, output_shape) || output_shape.channels != input_shape.channels)
    return ESPALIER_ARGUMENT;
  int16_t* const taps = scratch;
  const convolution conv = {input,
                            input_shape,
                            input_zero_point,
                            weights,
                            bias,
                            window,
                            rescale,
                            output,
                            output_shape,
                            (int8_t*)(taps + taps_of(window)),
                            plane_height(window, output_shape),
                            plane_width(window, output_shape),
                            taps,
                            first,
                            count};
  void (*compute_channel)(const convolution*, int32_t) = compute;
#if ESPALIER_PACKED
  const int packed =
      espalier_packed_suffices(rescale, bias, input_shape.channels, window.kernel_height * window.kernel_width);
  if (packed) {
    const int three = window.kernel_height == 3 && window.kernel_width == 3 && window.stride_width == 1;
    compute_channel = three ? compute_three_by_three : compute_packed;
  }
#endif
  memset(conv.plane, input_zero_point, (size_t)(conv.height * conv.width));
  for (int32_t channel = first; channel < first + count; ++channel) {
    load_plane(&conv, channel);
    compute_channel(&conv, channel);
  }
#if ESPALIER_PACKED
  if (packed)
    espalier_packed_clamp(rescale, output + first, output_shape.height * output_shape.width, count,
                          output_shape.channels);
#endif
  return ESPALIER_OK;
}
