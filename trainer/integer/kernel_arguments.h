// Shapes and windows of the integer program as the kernels of device_runtime take them.
#pragma once
#include "device_runtime/kernels_s8.h"
#include "integer/program.h"

namespace espalier::integer {

/// Features are the channels of one pixel.
inline espalier_shape shape_of(const Activation& activation) {
  if (activation.shape.size() == 1) return {1, 1, static_cast<std::int32_t>(activation.shape[0])};
  return {static_cast<std::int32_t>(activation.shape[0]), static_cast<std::int32_t>(activation.shape[1]),
          static_cast<std::int32_t>(activation.shape[2])};
}

inline espalier_window window_of(const Window& w) {
  return {w.kernel_height, w.kernel_width, w.stride_height, w.stride_width, w.pad_top, w.pad_left};
}

}  // namespace espalier::integer
