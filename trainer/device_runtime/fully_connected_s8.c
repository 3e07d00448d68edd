#include "device_runtime/packed_s8.h"

enum { BLOCK = 32 /* outputs whose accumulators are held at once */ };

#if ESPALIER_PACKED

/* Two outputs at a time: each input that is read counts twice. */
static void multiply(const int8_t* input, const int8_t* weights, const int8_t* others, int32_t count,
                     int32_t zero_point, int32_t* sum, int32_t* other) {
  const int16x2_t offset = (int16x2_t)((uint32_t)(uint16_t)zero_point * 0x00010001u);
  const int8_t* const end = input + count;
  int32_t s0 = *sum, s1 = *other;
  for (const int8_t* whole = input + (count & ~3); input < whole; input += 4, weights += 4, others += 4) {
    const uint32_t bytes = espalier_load4(input), w = espalier_load4(weights), v = espalier_load4(others);
    const int16x2_t even = __ssub16(espalier_even(bytes), offset), odd = __ssub16(espalier_odd(bytes), offset);
    s0 = __smlad(odd, espalier_odd(w), __smlad(even, espalier_even(w), s0));
    s1 = __smlad(odd, espalier_odd(v), __smlad(even, espalier_even(v), s1));
  }
  for (; input < end; ++input, ++weights, ++others) {
    s0 += (*input - zero_point) * *weights;
    s1 += (*input - zero_point) * *others;
  }
  *sum = s0, *other = s1;
}

#else

static int32_t dot(const int8_t* restrict input, const int8_t* restrict weights, int32_t count, int32_t zero_point) {
  const int16_t offset = (int16_t)zero_point;
  int32_t sum = 0;
  for (int32_t i = 0; i < count; ++i) sum += (int16_t)(input[i] - offset) * (int16_t)weights[i];
  return sum;
}

static void multiply(const int8_t* input, const int8_t* weights, const int8_t* others, int32_t count,
                     int32_t zero_point, int32_t* sum, int32_t* other) {
  *sum += dot(input, weights, count, zero_point);
  if (other != sum) *other += dot(input, others, count, zero_point);
}

#endif

espalier_status espalier_fully_connected_s8(const int8_t* input, int32_t inputs, int32_t input_zero_point,
                                            const int8_t* weights, const int32_t* bias, const espalier_rescale* rescale,
                                            int8_t* output, int32_t outputs) {
  int32_t accumulators[BLOCK];
  if (inputs <= 0 || outputs <= 0) return ESPALIER_ARGUMENT;
  for (int32_t first = 0; first < outputs; first += BLOCK) {
    const int32_t left = outputs - first, count = left < BLOCK ? left : BLOCK;
    for (int32_t c = 0; c < count; ++c) accumulators[c] = bias[first + c];
    for (int32_t c = 0; c < count; c += 2) {
      const int32_t other = c + 1 < count ? c + 1 : c; /* an odd last output is its own partner */
      multiply(input, weights + (first + c) * inputs, weights + (first + other) * inputs, inputs, input_zero_point,
               accumulators + c, accumulators + other);
    }
    espalier_requantize_channels(accumulators, first, count, rescale, output + first);
  }
  return ESPALIER_OK;
}
