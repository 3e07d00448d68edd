/* Where a window lies inside its input. */
#ifndef ESPALIER_DEVICE_RUNTIME_WINDOW_H
#define ESPALIER_DEVICE_RUNTIME_WINDOW_H
#include "device_runtime/kernels_s8.h"

/* The part [begin, end) of a kernel's axis that lies inside an input of `size` when it starts at `origin` (may be < 0).
 */
typedef struct {
  int32_t begin, end;
} espalier_span;

static inline espalier_span espalier_inside(int32_t origin, int32_t kernel, int32_t size) {
  espalier_span span;
  span.begin = origin < 0 ? -origin : 0;
  span.end = size - origin < kernel ? size - origin : kernel;
  return span;
}

static inline int espalier_shape_is_positive(espalier_shape shape) {
  return shape.height > 0 && shape.width > 0 && shape.channels > 0;
}

static inline int espalier_window_fits(espalier_window window, espalier_shape input, espalier_shape output) {
  return espalier_shape_is_positive(input) && espalier_shape_is_positive(output) && window.kernel_height > 0 &&
         window.kernel_width > 0 && window.stride_height > 0 && window.stride_width > 0 && window.pad_top >= 0 &&
         window.pad_left >= 0 && window.pad_top < window.kernel_height && window.pad_left < window.kernel_width &&
         (output.height - 1) * window.stride_height - window.pad_top < input.height &&
         (output.width - 1) * window.stride_width - window.pad_left < input.width;
}
#endif
