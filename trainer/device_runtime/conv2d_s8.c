/* Some pixels at a time: their windows are gathered, widened to int16 and freed of the zero point in scratch memory,
 * then multiplied by every output channel, in pairs, so that each number that is read counts twice. */
#include <string.h>

#include "device_runtime/layer_parts_s8.h"
#include "device_runtime/packed_s8.h"
#include "device_runtime/window.h"

enum {
  BLOCK = 16,              /* output channels whose accumulators are held at once */
  MOST_PAIRS = 8,          /* of pixels that are gathered together */
  ELEMENTS = 64,           /* of a pixel times pairs, where they are more than one */
  POINTWISE_ELEMENTS = 128 /* the same for 1 x 1 convolutions, whose windows are cheap to gather */
};

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
  int32_t stride;   /* channels of a pixel of the output, of which output_shape.channels are computed */
  int32_t run;      /* weights of an output channel */
  int16_t* columns; /* [pairs][2 * run] */
  int8_t* patch;    /* [run]: a window that is not contiguous in the input */
  int8_t* ring;     /* [kernel_height] rows of an input that is overwritten, row y in slot y % kernel_height; or NULL */
} convolution;

/* Computes the gathered pixels [begin, end). */
typedef void computation(const convolution* conv, int32_t begin, int32_t end);

static int is_pointwise(espalier_window window) { return window.kernel_height == 1 && window.kernel_width == 1; }

static int32_t pairs_at_once(espalier_window window, int32_t run) {
  const int32_t pairs = (is_pointwise(window) ? POINTWISE_ELEMENTS : ELEMENTS) / run;
  return pairs < 1 ? 1 : pairs > MOST_PAIRS ? MOST_PAIRS : pairs;
}

int32_t espalier_conv2d_s8_scratch(espalier_shape input_shape, espalier_window window) {
  const int32_t run = window.kernel_height * window.kernel_width * input_shape.channels;
  return pairs_at_once(window, run) * 2 * run * (int32_t)sizeof(int16_t) + (is_pointwise(window) ? 0 : run);
}

int32_t espalier_conv2d_s8_in_place_scratch(espalier_shape input_shape, espalier_window window) {
  return is_pointwise(window) ? 0 : window.kernel_height * input_shape.width * input_shape.channels;
}

static int8_t* slot_of(const convolution* conv, int32_t y) {
  return conv->ring + y % conv->window.kernel_height * conv->shape.width * conv->shape.channels;
}

static const int8_t* row_of(const convolution* conv, int32_t y) {
  return conv->ring ? slot_of(conv, y) : conv->input + y * conv->shape.width * conv->shape.channels;
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
      memcpy(patch + columns.begin * depth, row_of(conv, y) + (column + columns.begin) * depth,
             (size_t)(inside * depth));
}

#if ESPALIER_PACKED

/* Of each four elements, in int16: 0 and 2 of the first pixel, of the second; 1 and 3 of the first, of the second. What
 * is left over: the first pixel's elements, then the second's. */
static void widen(const convolution* conv, const int8_t* source, int32_t pixel, int16_t* columns) {
  const int16x2_t offset = (int16x2_t)((uint32_t)(uint16_t)conv->zero_point * 0x00010001u);
  const int32_t whole = conv->run & ~3, rest = conv->run & 3;
  int16_t* to = columns + 2 * pixel;
  for (const int8_t* end = source + whole; source < end; source += 4, to += 8) {
    const uint32_t bytes = espalier_load4(source);
    const int16x2_t even = __ssub16(espalier_even(bytes), offset), odd = __ssub16(espalier_odd(bytes), offset);
    memcpy(to, &even, sizeof even);
    memcpy(to + 4, &odd, sizeof odd);
  }
  to = columns + 2 * whole + rest * pixel;
  for (int32_t i = 0; i < rest; ++i) to[i] = (int16_t)(source[i] - conv->zero_point);
}

/* sums[2 * pixel + channel] += columns times the weights of two output channels. The loop is written out: of intrinsics
 * GCC 12 makes a quarter more instructions, since it runs out of registers, of which this one takes 13. */
static inline void multiply(const int16_t* columns, const int8_t* weights, const int8_t* others, int32_t run,
                            int32_t* sums) {
  int32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
  const int8_t* const end = weights + (run & ~3);
  const int32_t rest = run & 3;
  uint32_t w, v, pair, x, y;
  if (weights < end)
    __asm__ volatile(
        "1:\n\t"
        "ldr %[w], [%[weights]], #4\n\t"
        "ldr %[v], [%[others]], #4\n\t"
        "ldrd %[x], %[y], [%[columns]], #8\n\t"
        "sxtb16 %[pair], %[w]\n\t"
        "smlad %[s0], %[x], %[pair], %[s0]\n\t"
        "smlad %[s2], %[y], %[pair], %[s2]\n\t"
        "sxtb16 %[pair], %[v]\n\t"
        "smlad %[s1], %[x], %[pair], %[s1]\n\t"
        "smlad %[s3], %[y], %[pair], %[s3]\n\t"
        "ldrd %[x], %[y], [%[columns]], #8\n\t"
        "sxtb16 %[w], %[w], ror #8\n\t"
        "sxtb16 %[v], %[v], ror #8\n\t"
        "smlad %[s0], %[x], %[w], %[s0]\n\t"
        "smlad %[s2], %[y], %[w], %[s2]\n\t"
        "smlad %[s1], %[x], %[v], %[s1]\n\t"
        "smlad %[s3], %[y], %[v], %[s3]\n\t"
        "cmp %[weights], %[end]\n\t"
        "bne 1b"
        : [weights] "+r"(weights), [others] "+r"(others), [columns] "+r"(columns), [s0] "+r"(s0), [s1] "+r"(s1),
          [s2] "+r"(s2), [s3] "+r"(s3), [w] "=&r"(w), [v] "=&r"(v), [pair] "=&r"(pair), [x] "=&r"(x), [y] "=&r"(y)
        : [end] "r"(end)
        : "cc", "memory");
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

/* All output channels of both pixels. An odd last channel is its own partner. */
static void compute(const convolution* conv, const int16_t* columns, int8_t* to_first, int8_t* to_second) {
  int32_t first[BLOCK], second[BLOCK];
  const int32_t channels = conv->output_shape.channels;
  for (int32_t start = 0; start < channels; start += BLOCK) {
    const int32_t left = channels - start, count = left < BLOCK ? left : BLOCK;
    for (int32_t c = 0; c < count; c += 2) {
      const int32_t other = c + 1 < count ? c + 1 : c;
      const int32_t bias = conv->bias[start + c], other_bias = conv->bias[start + other];
      int32_t sums[4] = {bias, other_bias, bias, other_bias};
      multiply(columns, conv->weights + (start + c) * conv->run, conv->weights + (start + other) * conv->run, conv->run,
               sums);
      first[c] = sums[0], first[other] = sums[1];
      second[c] = sums[2], second[other] = sums[3];
    }
    espalier_requantize_channels(first, start, count, conv->rescale, to_first + start);
    espalier_requantize_channels(second, start, count, conv->rescale, to_second + start);
  }
}

/* From the first of the gathered pixels, an even one, to the one after the last. An odd last pixel is its own partner.
 */
static void compute_pairs(const convolution* conv, int32_t begin, int32_t end) {
  const int16_t* columns = conv->columns;
  for (int32_t pixel = begin; pixel < end; pixel += 2, columns += 2 * conv->run) {
    int8_t* to = conv->output + pixel * conv->stride;
    compute(conv, columns, to, pixel + 1 < end ? to + conv->stride : to);
  }
}

#if ESPALIER_PACKED
static void compute_pairs_packed(const convolution* conv, int32_t begin, int32_t end) {
  const int32_t channels = conv->output_shape.channels, run = conv->run, stride = conv->stride;
  for (int32_t c = 0; c < channels; c += 2) {
    const int32_t next = c + 1 < channels;
    const int32_t bias = conv->bias[c], next_bias = conv->bias[c + next];
    const int8_t *weights = conv->weights + c * run, *others = weights + next * run;
    const espalier_packed_rescale one = espalier_packed_channel(conv->rescale, c),
                                  two = espalier_packed_channel(conv->rescale, c + next);
    const int16_t* columns = conv->columns;
    int8_t* to = conv->output + begin * stride + c;
    for (int32_t pixel = begin; pixel < end; pixel += 2, columns += 2 * run) {
      int32_t sums[4] = {bias, next_bias, bias, next_bias};
      multiply(columns, weights, others, run, sums);
      to[0] = espalier_packed_requantize(sums[0], one);
      to[next] = espalier_packed_requantize(sums[1], two);
      if (pixel + 1 == end) break;
      to += stride;
      to[0] = espalier_packed_requantize(sums[2], one);
      to[next] = espalier_packed_requantize(sums[3], two);
      to += stride;
    }
  }
}
#endif

/* Gathers a pixel's window as the first or second half of the columns. */
static void prepare(const convolution* conv, int32_t pixel, int32_t half, int16_t* columns) {
  const int32_t row = pixel / conv->output_shape.width * conv->window.stride_height - conv->window.pad_top;
  const int32_t column = pixel % conv->output_shape.width * conv->window.stride_width - conv->window.pad_left;
  if (is_pointwise(conv->window)) {
    widen(conv, conv->input + (row * conv->shape.width + column) * conv->shape.channels, half, columns);
  } else {
    gather(conv, row, column);
    widen(conv, conv->patch, half, columns);
  }
}

/* Pixels [from, to) of the output, as many at a time as the columns have room for. */
static void compute_range(const convolution* conv, int32_t from, int32_t to, computation* compute_gathered) {
  const int32_t at_once = 2 * pairs_at_once(conv->window, conv->run);
  for (int32_t begin = from; begin < to; begin += at_once) {
    const int32_t end = to - begin < at_once ? to : begin + at_once;
    for (int32_t i = 0; i < end - begin; i += 2) {
      const int32_t first = begin + i, second = first + 1 < end ? first + 1 : first;
      prepare(conv, first, 0, conv->columns + i * conv->run);
      prepare(conv, second, 1, conv->columns + i * conv->run);
    }
    compute_gathered(conv, begin, end);
  }
}

/* Row by row, the rows of the input that are still needed kept in the ring. */
static void compute_in_place(const convolution* conv, computation* compute_gathered) {
  const int32_t row_bytes = conv->shape.width * conv->shape.channels, width = conv->output_shape.width;
  int32_t kept = 0;
  for (int32_t y = 0; y < conv->output_shape.height; ++y) {
    const int32_t below = y * conv->window.stride_height - conv->window.pad_top + conv->window.kernel_height;
    for (; kept < below && kept < conv->shape.height; ++kept)
      memcpy(slot_of(conv, kept), conv->input + kept * row_bytes, (size_t)row_bytes);
    compute_range(conv, y * width, (y + 1) * width, compute_gathered);
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
  const int32_t pixels = output_shape.height * output_shape.width;
  if (!espalier_window_fits(window, input_shape, output_shape)) return ESPALIER_ARGUMENT;
  int16_t* const columns = scratch;
  int8_t* const patch = (int8_t*)(columns + pairs_at_once(window, run) * 2 * run);
  const convolution conv = {input,
                            input_shape,
                            input_zero_point,
                            weights,
                            bias,
                            window,
                            rescale,
                            output,
                            output_shape,
                            stride,
                            run,
                            columns,
                            patch,
                            input == output && !is_pointwise(window) ? patch + run : NULL};
  computation* compute_gathered = compute_pairs;
#if ESPALIER_PACKED
  const int packed = espalier_packed_suffices(rescale, bias, output_shape.channels, run);
  if (packed) compute_gathered = compute_pairs_packed;
#endif
  if (conv.ring)
    compute_in_place(&conv, compute_gathered);
  else
    compute_range(&conv, 0, pixels, compute_gathered);
#if ESPALIER_PACKED
  if (packed) espalier_packed_clamp(rescale, output, pixels, output_shape.channels, stride);
#endif
  return ESPALIER_OK;
}
