/* The fixed-point front end, a frame at a time. */
#include "device_runtime/audio_fixed_stages.h"

static uint32_t magnitudes(const espalier_audio_fixed* tables, const int16_t* pcm) {
  uint32_t most = 0;
  for (int32_t i = 0; i < tables->spec.window_samples; ++i)
    most |= magnitude_of((int32_t)pcm[i] * (int32_t)tables->window[i]);
  return most;
}

/* Windowed, shifted samples, in pairs, in bit-reversed order; zeros after the window. */
static void put_windowed(const espalier_audio_fixed* tables, const int16_t* pcm, fixed_work work, int32_t shift) {
  const int32_t points = tables->spec.fft_size / 2, samples = tables->spec.window_samples;
  const uint16_t* weight = tables->window;
  int32_t reversed = 0, at = 0;
  for (; at + 1 < samples; at += 2) {
    work.re[reversed] = signed_of((uint32_t)(pcm[at] * (int32_t)weight[at]) << shift);
    work.im[reversed] = signed_of((uint32_t)(pcm[at + 1] * (int32_t)weight[at + 1]) << shift);
    reversed = next_reversed(reversed, points);
  }
  for (; at < tables->spec.fft_size; at += 2) {
    work.re[reversed] = at < samples ? signed_of((uint32_t)(pcm[at] * (int32_t)weight[at]) << shift) : 0;
    work.im[reversed] = 0;
    reversed = next_reversed(reversed, points);
  }
}

void espalier_audio_fixed_frame(const espalier_audio_fixed* tables, const int16_t* samples, int32_t* memory,
                                int32_t* row) {
  const fixed_work work = fixed_work_of(&tables->spec, memory, 1);
  const int32_t shift = fixed_headroom(magnitudes(tables, samples));
  put_windowed(tables, samples, work, shift);
  fixed_features(tables, work, &shift, 1, row, 1);
}

espalier_audio_status espalier_audio_fixed_clip(const espalier_audio_fixed* tables, const int16_t* samples,
                                                size_t count, int32_t* work, size_t work_elements, int32_t* features,
                                                size_t capacity) {
  const espalier_audio_spec* spec = &tables->spec;
  const espalier_audio_status status = check_clip(spec, count, work_elements, 1, capacity);
  if (status != ESPALIER_AUDIO_OK) return status;
  const size_t frames = espalier_audio_frames(spec, count), width = (size_t)espalier_audio_features(spec);
  for (size_t frame = 0; frame < frames; ++frame)
    espalier_audio_fixed_frame(tables, samples + frame * (size_t)spec->hop_samples, work, features + frame * width);
  return ESPALIER_AUDIO_OK;
}
