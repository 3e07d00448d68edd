#include "exporting/tflite/padding.h"

#include <algorithm>

namespace espalier::exporting::tflite {
namespace {

/// Elements that `count` window positions reach beyond the input's `size`, both ends together.
std::int64_t overhang(std::int64_t size, std::int64_t count, std::int32_t kernel, std::int32_t stride) {
  return std::max<std::int64_t>((count - 1) * stride + kernel - size, 0);
}

bool is_same(std::int64_t size, std::int64_t count, std::int32_t kernel, std::int32_t stride, std::int32_t before) {
  return count == (size + stride - 1) / stride && before == overhang(size, count, kernel, stride) / 2;
}

std::int32_t reached(std::int64_t size, std::int64_t count, std::int32_t kernel, std::int32_t stride,
                     std::int32_t before) {
  return static_cast<std::int32_t>(std::max<std::int64_t>((count - 1) * stride + kernel - size - before, 0));
}

}  // namespace

integer::Window effective(const integer::Window& window, const integer::Shape& input, const integer::Shape& output) {
  auto cut = window;
  cut.pad_bottom = reached(input[0], output[0], window.kernel_height, window.stride_height, window.pad_top);
  cut.pad_right = reached(input[1], output[1], window.kernel_width, window.stride_width, window.pad_left);
  return cut;
}

PaddingForm padding_form(const integer::Window& window, const integer::Shape& input, const integer::Shape& output) {
  const auto cut = effective(window, input, output);
  if (cut.pad_top == 0 && cut.pad_bottom == 0 && cut.pad_left == 0 && cut.pad_right == 0) return PaddingForm::valid;
  const bool same = is_same(input[0], output[0], cut.kernel_height, cut.stride_height, cut.pad_top) &&
                    is_same(input[1], output[1], cut.kernel_width, cut.stride_width, cut.pad_left);
  return same ? PaddingForm::same : PaddingForm::explicit_pad;
}

}  // namespace espalier::exporting::tflite
