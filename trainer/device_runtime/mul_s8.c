#include "device_runtime/kernels_s8.h"

enum { BLOCK = 64 }; /* results are held back so that the output may be the left input and the loop still vectorises */

static void multiply(const int8_t* left, const int8_t* right, int32_t count, int32_t left_zero_point,
                     int32_t right_zero_point, const espalier_rescale* rescale, int8_t* output) {
  int32_t products[BLOCK];
  for (int32_t first = 0; first < count; first += BLOCK) {
    const int32_t rest = count - first, now = rest < BLOCK ? rest : BLOCK;
    for (int32_t i = 0; i < now; ++i)
      products[i] = (left[first + i] - left_zero_point) * (right[first + i] - right_zero_point);
    espalier_requantize_all(products, now, rescale, output + first);
  }
}

espalier_status espalier_mul_s8(const int8_t* left, const int8_t* right, int32_t rows, int32_t count,
                                int32_t right_rows, int32_t left_zero_point, int32_t right_zero_point,
                                const espalier_rescale* rescale, int8_t* output) {
  if (rows <= 0 || count <= 0 || (right_rows != rows && right_rows != 1)) return ESPALIER_ARGUMENT;
  for (int32_t row = 0; row < rows; ++row)
    multiply(left + row * count, right + (right_rows == 1 ? 0 : row * count), count, left_zero_point, right_zero_point,
             rescale, output + row * count);
  return ESPALIER_OK;
}
