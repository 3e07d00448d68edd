/* The float front end, a frame at a time. */
#include "device_runtime/no_contraction.h"

#include "device_runtime/audio_float_stages.h"

void espalier_audio_float_frame(const espalier_audio_float* tables, const float* samples, float* work, float* row) {
  float_frames(tables, samples, NULL, work, row, 1);
}

void espalier_audio_float_frame_pcm(const espalier_audio_float* tables, const int16_t* samples, float* work,
                                    float* row) {
  float_frames(tables, NULL, samples, work, row, 1);
}

espalier_audio_status espalier_audio_float_clip(const espalier_audio_float* tables, const float* samples, size_t count,
                                                float* work, size_t work_elements, float* features, size_t capacity) {
  const espalier_audio_spec* spec = &tables->spec;
  const espalier_audio_status status = check_clip(spec, count, work_elements, 1, capacity);
  if (status != ESPALIER_AUDIO_OK) return status;
  const size_t frames = espalier_audio_frames(spec, count), width = (size_t)espalier_audio_features(spec);
  for (size_t frame = 0; frame < frames; ++frame)
    espalier_audio_float_frame(tables, samples + frame * (size_t)spec->hop_samples, work, features + frame * width);
  return ESPALIER_AUDIO_OK;
}
