/* The fixed-point front end, a frame at a time. */
#include "device_runtime/audio_fixed_stages.h"

void espalier_audio_fixed_frame(const espalier_audio_fixed* tables, const int16_t* samples, int32_t* work,
                                int32_t* row) {
  fixed_frames(tables, samples, work, row, 1);
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
