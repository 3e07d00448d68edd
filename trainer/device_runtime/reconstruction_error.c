#include "device_runtime/reconstruction_error.h"

static int is_code(int32_t zero_point) { return zero_point >= -128 && zero_point <= 127; }
static int is_multiplier(int32_t multiplier) { return multiplier >= 0 && multiplier <= ESPALIER_RECONSTRUCTION_STEPS; }

static int is_sound(const espalier_reconstruction* r) {
  return r->elements >= 1 && r->elements <= 65536 && is_code(r->input_zero_point) && is_code(r->output_zero_point) &&
         is_multiplier(r->input_multiplier) && is_multiplier(r->output_multiplier);
}

uint64_t espalier_reconstruction_error(const espalier_reconstruction* reconstruction, const int8_t* input,
                                       const int8_t* output) {
  const espalier_reconstruction* r = reconstruction;
  uint64_t sum = 0;
  if (!r || !input || !output || !is_sound(r)) return UINT64_MAX;
  for (int32_t i = 0; i < r->elements; ++i) {
    /* At most 2 * 255 * 2^15, below 2^24; its square below 2^48, of 2^16 of them the sum below 2^64. */
    const int64_t difference = (int64_t)(output[i] - r->output_zero_point) * r->output_multiplier -
                               (int64_t)(input[i] - r->input_zero_point) * r->input_multiplier;
    sum += (uint64_t)(difference * difference);
  }
  return sum / (uint64_t)r->elements;
}
