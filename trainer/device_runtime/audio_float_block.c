/* The float front end, ESPALIER_AUDIO_BLOCK frames at a time: for hosts with vector registers. */
#include "device_runtime/no_contraction.h"

#include "device_runtime/audio_float_stages.h"

espalier_audio_status espalier_audio_float_clip_blocks(const espalier_audio_float* tables, const float* samples,
                                                       size_t count, float* work, size_t work_elements, float* features,
                                                       size_t capacity) {
  const espalier_audio_spec* spec = &tables->spec;
  const size_t frames = espalier_audio_frames(spec, count), block = ESPALIER_AUDIO_BLOCK;
  if (frames < block) return espalier_audio_float_clip(tables, samples, count, work, work_elements, features, capacity);
  const espalier_audio_status status = check_clip(spec, count, work_elements, block, capacity);
  if (status != ESPALIER_AUDIO_OK) return status;
  const size_t width = (size_t)espalier_audio_features(spec);
  for (size_t frame = 0; frame < frames; frame += block) {
    /* The last block steps back over frames already done: the same numbers are written twice. */
    const size_t first = frame + block <= frames ? frame : frames - block;
    float_frames(tables, samples + first * (size_t)spec->hop_samples, NULL, work, features + first * width,
                 ESPALIER_AUDIO_BLOCK);
  }
  return ESPALIER_AUDIO_OK;
}
