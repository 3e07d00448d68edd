#include "device_runtime/packed_s8.h"

#if ESPALIER_PACKED

enum { MOST_SHIFT = 22 }; /* 2^30 + 128 * 2^22 + 2^21 fits int32 */

int espalier_packed_suffices(const espalier_rescale* rescale, const int32_t* bias, int32_t channels, int32_t run) {
  const int64_t most = ((int64_t)1 << 30) - 1 - (int64_t)run * 255 * 127;
  if (rescale->scale || most < 0) return 0;
  for (int32_t c = 0; c < channels; ++c)
    if (rescale->shift[c] > -1 || rescale->shift[c] < -MOST_SHIFT || bias[c] > most || bias[c] < -most) return 0;
  return 1;
}

/* The larger, or the smaller, of each of four bytes. */
static uint32_t larger(uint32_t a, uint32_t b) {
  (void)__ssub8((int8x4_t)a, (int8x4_t)b);
  return (uint32_t)__sel((uint8x4_t)a, (uint8x4_t)b);
}
static uint32_t smaller(uint32_t a, uint32_t b) {
  (void)__ssub8((int8x4_t)a, (int8x4_t)b);
  return (uint32_t)__sel((uint8x4_t)b, (uint8x4_t)a);
}

static void clamp_row(const espalier_rescale* rescale, int8_t* bytes, int32_t count) {
  const uint32_t low = (uint32_t)(uint8_t)rescale->low * 0x01010101u;
  const uint32_t high = (uint32_t)(uint8_t)rescale->high * 0x01010101u;
  int32_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const uint32_t clamped = smaller(larger(espalier_load4(bytes + i), low), high);
    memcpy(bytes + i, &clamped, sizeof clamped);
  }
  for (; i < count; ++i) bytes[i] = (int8_t)espalier_clamp(bytes[i], rescale->low, rescale->high);
}

void espalier_packed_clamp(const espalier_rescale* rescale, int8_t* bytes, int32_t rows, int32_t count,
                           int32_t stride) {
  if (rescale->low <= -128 && rescale->high >= 127) return;
  if (count == stride) count *= rows, rows = 1;
  for (int32_t row = 0; row < rows; ++row) clamp_row(rescale, bytes + row * stride, count);
}

#endif
