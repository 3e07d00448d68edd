/* The fixed-point front end, ESPALIER_AUDIO_BLOCK frames at a time: for hosts with vector registers. */
#include <string.h>

#include "device_runtime/audio_fixed_stages.h"

enum { BLOCK = ESPALIER_AUDIO_BLOCK, GROUP = 8 /* samples of each frame that are windowed at once */ };

#if defined(__AVX2__)
/* row[frame] of eight samples -> row[sample] of eight frames. */
static inline void transpose(__m128i row[8]) {
  __m128i half[8];
  for (int32_t round = 0; round < 3; ++round) {
    for (int32_t i = 0; i < 4; ++i) {
      half[2 * i] = _mm_unpacklo_epi16(row[i], row[i + 4]);
      half[2 * i + 1] = _mm_unpackhi_epi16(row[i], row[i + 4]);
    }
    for (int32_t i = 0; i < 8; ++i) row[i] = half[i];
  }
}

static inline void put_whole_group(const int16_t* pcm, int32_t hop, const uint16_t* weight, int32_t* const rows[GROUP],
                                   uint32_t most[BLOCK]) {
  __m128i samples[8];
  __m256i all = eight_of((const int32_t*)most);
  for (int32_t i = 0; i < 8; ++i) samples[i] = _mm_loadu_si128((const __m128i*)(const void*)(pcm + i * hop));
  transpose(samples);
  for (int32_t at = 0; at < 8; ++at) {
    const __m256i product = _mm256_mullo_epi32(_mm256_cvtepi16_epi32(samples[at]), _mm256_set1_epi32(weight[at]));
    put_eight(rows[at], product);
    all = _mm256_or_si256(all, _mm256_abs_epi32(product));
  }
  put_eight((int32_t*)most, all);
}
#endif

/* The first `count` of GROUP samples of each frame times the window, zeros for the others. */
static inline void put_group(const int16_t* pcm, int32_t hop, const uint16_t* weight, int32_t count,
                             int32_t* const rows[GROUP], uint32_t most[BLOCK]) {
#if defined(__AVX2__)
  if (count >= GROUP) {
    put_whole_group(pcm, hop, weight, rows, most);
    return;
  }
#endif
  for (int32_t at = 0; at < GROUP; ++at)
    for (int32_t frame = 0; frame < BLOCK; ++frame) {
      rows[at][frame] = at < count ? pcm[frame * hop + at] * (int32_t)weight[at] : 0;
      most[frame] |= magnitude_of(rows[at][frame]);
    }
}

/* Windowed samples in pairs, in bit-reversed order, zeros after the window; and for each frame what fixed_headroom
 * asks. */
static void put_windowed(const espalier_audio_fixed* tables, const int16_t* pcm, fixed_work work,
                         uint32_t most[BLOCK]) {
  const int32_t points = tables->spec.fft_size / 2, samples = tables->spec.window_samples;
  int32_t reversed = 0;
  for (int32_t first = 0; first < tables->spec.fft_size; first += GROUP) {
    const int32_t left = samples - first;
    int32_t* rows[GROUP];
    for (int32_t at = 0; at < GROUP; at += 2) {
      rows[at] = work.re + reversed * BLOCK;
      rows[at + 1] = work.im + reversed * BLOCK;
      reversed = next_reversed(reversed, points);
    }
    if (left > 0)
      put_group(pcm + first, tables->spec.hop_samples, tables->window + first, left, rows, most);
    else
      for (int32_t at = 0; at < GROUP; ++at) memset(rows[at], 0, BLOCK * sizeof *rows[at]);
  }
}

static void block_of_frames(const espalier_audio_fixed* tables, const int16_t* pcm, int32_t* memory,
                            int32_t* features) {
  const fixed_work work = fixed_work_of(&tables->spec, memory, BLOCK);
  uint32_t most[BLOCK] = {0};
  int32_t shift[BLOCK];
  put_windowed(tables, pcm, work, most);
  for (int32_t frame = 0; frame < BLOCK; ++frame) shift[frame] = fixed_headroom(most[frame]);
  fixed_features(tables, work, shift, 0, features, BLOCK);
}

espalier_audio_status espalier_audio_fixed_clip_blocks(const espalier_audio_fixed* tables, const int16_t* samples,
                                                       size_t count, int32_t* work, size_t work_elements,
                                                       int32_t* features, size_t capacity) {
  const espalier_audio_spec* spec = &tables->spec;
  const size_t frames = espalier_audio_frames(spec, count), block = ESPALIER_AUDIO_BLOCK;
  if (frames < block) return espalier_audio_fixed_clip(tables, samples, count, work, work_elements, features, capacity);
  const espalier_audio_status status = check_clip(spec, count, work_elements, block, capacity);
  if (status != ESPALIER_AUDIO_OK) return status;
  const size_t width = (size_t)espalier_audio_features(spec);
  for (size_t frame = 0; frame < frames; frame += block) {
    /* The last block steps back over frames already done: the same numbers are written twice. */
    const size_t first = frame + block <= frames ? frame : frames - block;
    block_of_frames(tables, samples + first * (size_t)spec->hop_samples, work, features + first * width);
  }
  return ESPALIER_AUDIO_OK;
}
