#include "device_runtime/window.h"

enum { BLOCK = 64 }; /* channels whose sums are held at once */

/* One output pixel: where its window lies, and over how many elements. */
typedef struct {
  espalier_span rows, columns;
  int32_t row, column, count;
} place;

static place locate(espalier_window window, espalier_shape input, int32_t y, int32_t x) {
  place at;
  at.row = y * window.stride_height - window.pad_top;
  at.column = x * window.stride_width - window.pad_left;
  at.rows = espalier_inside(at.row, window.kernel_height, input.height);
  at.columns = espalier_inside(at.column, window.kernel_width, input.width);
  at.count = (at.rows.end - at.rows.begin) * (at.columns.end - at.columns.begin);
  return at;
}

static int pool_fits(espalier_window window, espalier_shape input, espalier_shape output) {
  return espalier_window_fits(window, input, output) && input.channels == output.channels;
}

static void add_channels(const int8_t* restrict input, int32_t count, int32_t* restrict sums) {
  for (int32_t c = 0; c < count; ++c) sums[c] += input[c];
}

static void sum_window(const int8_t* input, espalier_shape shape, const place* at, int32_t first, int32_t count,
                       int32_t* sums) {
  for (int32_t c = 0; c < count; ++c) sums[c] = 0;
  for (int32_t ky = at->rows.begin; ky < at->rows.end; ++ky)
    for (int32_t kx = at->columns.begin; kx < at->columns.end; ++kx)
      add_channels(input + ((at->row + ky) * shape.width + at->column + kx) * shape.channels + first, count, sums);
}

/* Half away from zero. */
static int32_t divide(int32_t sum, int32_t count) {
  return sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
}

espalier_status espalier_average_pool_s8(const int8_t* input, espalier_shape input_shape, espalier_window window,
                                         int32_t low, int32_t high, int8_t* output, espalier_shape output_shape) {
  int32_t sums[BLOCK];
  if (!pool_fits(window, input_shape, output_shape)) return ESPALIER_ARGUMENT;
  for (int32_t y = 0; y < output_shape.height; ++y)
    for (int32_t x = 0; x < output_shape.width; ++x) {
      const place at = locate(window, input_shape, y, x);
      for (int32_t first = 0; first < input_shape.channels; first += BLOCK) {
        const int32_t left = input_shape.channels - first, count = left < BLOCK ? left : BLOCK;
        sum_window(input, input_shape, &at, first, count, sums);
        for (int32_t c = 0; c < count; ++c) *output++ = (int8_t)espalier_clamp(divide(sums[c], at.count), low, high);
      }
    }
  return ESPALIER_OK;
}

espalier_status espalier_max_pool_s8(const int8_t* input, espalier_shape input_shape, espalier_window window,
                                     int32_t low, int32_t high, int8_t* output, espalier_shape output_shape) {
  const int32_t channels = input_shape.channels;
  if (!pool_fits(window, input_shape, output_shape)) return ESPALIER_ARGUMENT;
  for (int32_t y = 0; y < output_shape.height; ++y)
    for (int32_t x = 0; x < output_shape.width; ++x, output += channels) {
      const place at = locate(window, input_shape, y, x);
      for (int32_t c = 0; c < channels; ++c) output[c] = (int8_t)low;
      for (int32_t ky = at.rows.begin; ky < at.rows.end; ++ky)
        for (int32_t kx = at.columns.begin; kx < at.columns.end; ++kx) {
          const int8_t* pixel = input + ((at.row + ky) * input_shape.width + at.column + kx) * channels;
          for (int32_t c = 0; c < channels; ++c) output[c] = pixel[c] > output[c] ? pixel[c] : output[c];
        }
      for (int32_t c = 0; c < channels; ++c) output[c] = (int8_t)(output[c] > high ? high : output[c]);
    }
  return ESPALIER_OK;
}
