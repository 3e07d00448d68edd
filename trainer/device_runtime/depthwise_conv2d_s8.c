/* The input's rows pass through a ring in scratch memory, as many as the kernel is high, with their padding: no window
 * hangs over, and the output may overwrite the input. */
#include <string.h>

#include "device_runtime/packed_s8.h"
#include "device_runtime/window.h"

enum { BLOCK = 64 /* channels whose accumulators are held at once */ };

typedef struct {
  const int8_t* input;
  espalier_shape shape;
  int32_t zero_point;
  const int8_t* weights;
  const int32_t* bias;
  espalier_window window;
  const espalier_rescale* rescale;
  int32_t output_width;
  int8_t* rows;  /* [kernel_height][channels * width]: row r of the input in slot (r + pad_top) % kernel_height */
  int32_t width; /* of a row in the ring: as far as windows reach when they are read four elements at a time */
  int16_t* weights_of_channel; /* [kernel_height][kernel_width rounded up to 4] */
} convolution;

static int32_t rounded_up(int32_t count) { return (count + 3) & ~3; }

static int32_t ring_width(espalier_window window, espalier_shape output_shape) {
  return (output_shape.width - 1) * window.stride_width + rounded_up(window.kernel_width);
}

int32_t espalier_depthwise_conv2d_s8_scratch(espalier_window window, espalier_shape output_shape) {
  return window.kernel_height * (rounded_up(window.kernel_width) * (int32_t)sizeof(int16_t) +
                                 ring_width(window, output_shape) * output_shape.channels);
}

static int8_t* slot_of(const convolution* conv, int32_t row) {
  return conv->rows + (row + conv->window.pad_top) % conv->window.kernel_height * conv->shape.channels * conv->width;
}

/* The slot of the row below. */
static const int8_t* next_slot(const convolution* conv, const int8_t* slot) {
  const int32_t bytes = conv->shape.channels * conv->width;
  slot += bytes;
  return slot == conv->rows + conv->window.kernel_height * bytes ? conv->rows : slot;
}

#if ESPALIER_PACKED

/* Puts a row of the input into its slot, channel by channel: [channels][width]. */
static void load_row(const convolution* conv, int32_t row, int8_t* slot) {
  const int32_t depth = conv->shape.channels, room = conv->width - conv->window.pad_left;
  const int32_t columns = conv->shape.width < room ? conv->shape.width : room;
  const int8_t* from = conv->input + row * conv->shape.width * depth;
  slot += conv->window.pad_left;
  for (int32_t x = 0; x < columns; ++x, ++slot) {
    int8_t* to = slot;
    int32_t c = 0;
    for (; c + 4 <= depth; c += 4, from += 4, to += 4 * conv->width) {
      const uint32_t bytes = espalier_load4(from);
      to[0] = (int8_t)bytes;
      to[conv->width] = (int8_t)(bytes >> 8);
      to[2 * conv->width] = (int8_t)(bytes >> 16);
      to[3 * conv->width] = (int8_t)(bytes >> 24);
    }
    for (; c < depth; ++c, to += conv->width) *to = *from++;
  }
}

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

/* A row of the output of a 3 x 3 kernel of stride 1, channel by channel, two outputs at a time. */
static void three_by_three(const convolution* conv, int32_t row, int8_t* output) {
  const int32_t depth = conv->shape.channels, step = 3 * depth, width = conv->width;
  const int8_t *upper = slot_of(conv, row), *centre = slot_of(conv, row + 1), *lower = slot_of(conv, row + 2);
  for (int32_t c = 0; c < depth; ++c, upper += width, centre += width, lower += width) {
    const int8_t *w = conv->weights + c, *v = w + step, *u = v + step;
    const int32_t w1 = w[depth], v1 = v[depth], u1 = u[depth];
    const int16x2_t w02 = both(w[0], w[2 * depth]), v02 = both(v[0], v[2 * depth]), u02 = both(u[0], u[2 * depth]);
    const int32_t sum = w1 + v1 + u1 + w[0] + w[2 * depth] + v[0] + v[2 * depth] + u[0] + u[2 * depth];
    const int32_t bias = conv->bias[c] - conv->zero_point * sum;
    const espalier_packed_rescale rescale = espalier_packed_channel(conv->rescale, c);
    int8_t* to = output + c;
    for (int32_t x = 0; x < conv->output_width; x += 2, to += 2 * depth) {
      int32_t first = bias, second = bias;
      three_taps(upper + x, w02, w1, &first, &second);
      three_taps(centre + x, v02, v1, &first, &second);
      three_taps(lower + x, u02, u1, &first, &second);
      to[0] = espalier_packed_requantize(first, rescale);
      if (x + 1 < conv->output_width) to[depth] = espalier_packed_requantize(second, rescale);
    }
  }
}

/* The weights of a channel in int16, of each four 0, 2, 1, 3, with zeros after the last of a row. Returns the bias less
 * what the zero point adds. */
static int32_t widen(const convolution* conv, int32_t channel) {
  const espalier_window* window = &conv->window;
  const int8_t* weights = conv->weights + channel;
  const int32_t wide = rounded_up(window->kernel_width);
  int16_t* to = conv->weights_of_channel;
  int32_t sum = 0;
  for (int32_t ky = 0; ky < window->kernel_height; ++ky, to += wide)
    for (int32_t kx = 0; kx < wide; ++kx) {
      const int32_t place = (kx & ~3) + (kx & 1) * 2 + (kx >> 1 & 1);
      to[place] = 0;
      if (kx >= window->kernel_width) continue;
      to[place] = *weights;
      sum += *weights;
      weights += conv->shape.channels;
    }
  return conv->bias[channel] - conv->zero_point * sum;
}

/* A row of the output, channel by channel. */
static void any_kernel(const convolution* conv, int32_t row, int8_t* output) {
  const espalier_window* window = &conv->window;
  const int32_t depth = conv->shape.channels;
  const int8_t* top = slot_of(conv, row);
  for (int32_t c = 0; c < depth; ++c) {
    const int32_t bias = widen(conv, c);
    const espalier_packed_rescale rescale = espalier_packed_channel(conv->rescale, c);
    for (int32_t x = 0; x < conv->output_width; ++x) {
      const int16x2_t* w = (const int16x2_t*)(const void*)conv->weights_of_channel;
      const int8_t* slot = top;
      int32_t sum = bias;
      for (int32_t ky = 0; ky < window->kernel_height; ++ky, slot = next_slot(conv, slot)) {
        const int8_t* input = slot + c * conv->width + x * window->stride_width;
        for (const int8_t* end = input + window->kernel_width; input < end; input += 4, w += 2) {
          const uint32_t bytes = espalier_load4(input);
          sum = __smlad(espalier_odd(bytes), w[1], __smlad(espalier_even(bytes), w[0], sum));
        }
      }
      output[x * depth + c] = espalier_packed_requantize(sum, rescale);
    }
  }
}

#endif

/* Puts a row of the input into its slot, [width][channels]. */
static void copy_row(const convolution* conv, int32_t row, int8_t* slot) {
  const int32_t depth = conv->shape.channels, room = conv->width - conv->window.pad_left;
  const int32_t columns = conv->shape.width < room ? conv->shape.width : room;
  memcpy(slot + conv->window.pad_left * depth, conv->input + row * conv->shape.width * depth,
         (size_t)(columns * depth));
}

/* |input - zero_point| <= 255 and |weight| <= 127: a product fits int16, which vectorises twice as wide. */
static void multiply_add(const int8_t* restrict input, const int8_t* restrict weights, int32_t count,
                         int32_t zero_point, int32_t* restrict accumulators) {
  const int16_t offset = (int16_t)zero_point;
  for (int32_t c = 0; c < count; ++c) {
    const int16_t product = (int16_t)((int16_t)(input[c] - offset) * (int16_t)weights[c]);
    accumulators[c] += product;
  }
}

/* A row of the output, pixel by pixel. */
static void many_channels(const convolution* conv, int32_t row, int8_t* output) {
  const espalier_window* window = &conv->window;
  const int32_t channels = conv->shape.channels;
  const int8_t* top = slot_of(conv, row);
  int32_t accumulators[BLOCK];
  for (int32_t x = 0; x < conv->output_width; ++x)
    for (int32_t first = 0; first < channels; first += BLOCK) {
      const int32_t left = channels - first, count = left < BLOCK ? left : BLOCK;
      memcpy(accumulators, conv->bias + first, (size_t)count * sizeof *conv->bias);
      const int8_t* slot = top;
      for (int32_t ky = 0; ky < window->kernel_height; ++ky, slot = next_slot(conv, slot)) {
        const int8_t* input = slot + x * window->stride_width * channels + first;
        for (int32_t kx = 0; kx < window->kernel_width; ++kx)
          multiply_add(input + kx * channels, conv->weights + (ky * window->kernel_width + kx) * channels + first,
                       count, conv->zero_point, accumulators);
      }
      espalier_requantize_channels(accumulators, first, count, conv->rescale, output + x * channels + first);
    }
}

typedef void load(const convolution* conv, int32_t row, int8_t* slot);
typedef void compute(const convolution* conv, int32_t row, int8_t* output);

static void run(const convolution* conv, load* load_row_into, compute* compute_row, int8_t* output, int32_t height) {
  const int32_t slot_bytes = conv->shape.channels * conv->width, kernel = conv->window.kernel_height;
  memset(conv->rows, conv->zero_point, (size_t)(kernel * slot_bytes));
  for (int32_t y = 0, loaded = -conv->window.pad_top; y < height; ++y) {
    const int32_t row = y * conv->window.stride_height - conv->window.pad_top;
    if (loaded < row) loaded = row;
    for (; loaded < row + kernel; ++loaded)
      if (loaded >= conv->shape.height)
        memset(slot_of(conv, loaded), conv->zero_point, (size_t)slot_bytes);
      else if (loaded >= 0)
        load_row_into(conv, loaded, slot_of(conv, loaded));
    compute_row(conv, row, output + y * conv->output_width * conv->shape.channels);
  }
}

espalier_status espalier_depthwise_conv2d_s8(const int8_t* input, espalier_shape input_shape, int32_t input_zero_point,
                                             const int8_t* weights, const int32_t* bias, espalier_window window,
                                             const espalier_rescale* rescale, int8_t* output,
                                             espalier_shape output_shape, void* scratch) {
  if (!espalier_window_fits(window, input_shape, output_shape) || output_shape.channels != input_shape.channels)
    return ESPALIER_ARGUMENT;
  int16_t* weights_of_channel = scratch;
  const convolution conv = {input,
                            input_shape,
                            input_zero_point,
                            weights,
                            bias,
                            window,
                            rescale,
                            output_shape.width,
                            (int8_t*)(weights_of_channel + window.kernel_height * rounded_up(window.kernel_width)),
                            ring_width(window, output_shape),
                            weights_of_channel};
#if ESPALIER_PACKED
  if (espalier_packed_suffices(rescale, bias, input_shape.channels, window.kernel_height * window.kernel_width)) {
    const int three = window.kernel_height == 3 && window.kernel_width == 3 && window.stride_width == 1;
    run(&conv, load_row, three ? three_by_three : any_kernel, output, output_shape.height);
    espalier_packed_clamp(rescale, output, output_shape.height * output_shape.width * output_shape.channels);
    return ESPALIER_OK;
  }
#endif
  run(&conv, copy_row, many_channels, output, output_shape.height);
  return ESPALIER_OK;
}
