#include "device_runtime/keyword_detector.h"

#include <string.h>

static int in_range(const espalier_keyword_spec* spec) {
  return spec->classes >= 2 && spec->classes <= 4096 && spec->smoothing >= 1 && spec->smoothing <= 1024 &&
         spec->refractory >= 0 && spec->threshold >= 1 && spec->threshold <= 255 * spec->smoothing;
}

espalier_status espalier_keyword_start(const espalier_keyword_spec* spec, espalier_keyword_state* state) {
  if (!spec || !state || !spec->keyword || !state->ring || !state->sums || !in_range(spec)) return ESPALIER_ARGUMENT;
  memset(state->ring, 0, (size_t)spec->smoothing * (size_t)spec->classes);
  memset(state->sums, 0, (size_t)spec->classes * sizeof *state->sums);
  state->next = 0;
  state->quiet = 0;
  return ESPALIER_OK;
}

int32_t espalier_keyword_push(const espalier_keyword_spec* spec, espalier_keyword_state* state,
                              const int8_t* probabilities) {
  uint8_t* oldest = state->ring + state->next * spec->classes;
  int32_t best = -1;
  for (int32_t c = 0; c < spec->classes; ++c) {
    const uint8_t probability = (uint8_t)(probabilities[c] + 128);
    state->sums[c] += probability - oldest[c];
    oldest[c] = probability;
    if (spec->keyword[c] && (best < 0 || state->sums[c] > state->sums[best])) best = c;
  }
  state->next = state->next + 1 == spec->smoothing ? 0 : state->next + 1;
  if (state->quiet > 0) {
    --state->quiet;
    return -1;
  }
  if (best < 0 || state->sums[best] < spec->threshold) return -1;
  state->quiet = spec->refractory;
  return best;
}
