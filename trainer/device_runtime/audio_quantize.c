/* Features -> a model's int8 input. */
#include "device_runtime/no_contraction.h"

#include "device_runtime/audio_frontend.h"

static int8_t saturate(int64_t value) { return (int8_t)(value < -128 ? -128 : value > 127 ? 127 : value); }

void espalier_audio_quantize_float(const espalier_feature_quantizer* quantizer, const float* features, size_t count,
                                   int8_t* out) {
  for (size_t i = 0; i < count; ++i) {
    float scaled = features[i] * quantizer->inverse_scale;
    /* Bounded before the conversion, which is undefined out of range; wide enough for every zero point. */
    scaled = scaled > 512.0f ? 512.0f : scaled < -512.0f ? -512.0f : scaled;
    if (scaled != scaled) scaled = 0.0f;
    const int32_t rounded = (int32_t)(scaled + (scaled < 0.0f ? -0.5f : 0.5f));
    out[i] = saturate((int64_t)quantizer->zero_point + rounded);
  }
}

/* Floor of value / 2^shift, without relying on the right shift of negative numbers. */
static int64_t shift_down(int64_t value, int32_t shift) {
  return value >= 0 ? value >> shift : -((-value - 1) >> shift) - 1;
}

void espalier_audio_quantize_fixed(const espalier_feature_quantizer* quantizer, const int32_t* features, size_t count,
                                   int8_t* out) {
  const int64_t half = (int64_t)1 << (quantizer->shift - 1);
  for (size_t i = 0; i < count; ++i) {
    const int64_t product = (int64_t)features[i] * quantizer->multiplier;
    out[i] = saturate(quantizer->zero_point + shift_down(product + half, quantizer->shift));
  }
}
