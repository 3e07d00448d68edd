/* When a keyword was heard, from a network's answers to windows of sound that overlap: the posteriors of the last few
 * windows are averaged, and a keyword whose average reaches the threshold is detected; then nothing is for a while.
 * After Chen, Parada & Heigold 2014, "Small-footprint keyword spotting using deep neural networks", ICASSP,
 * section 2.3. Integers only, no allocation. */
#ifndef ESPALIER_DEVICE_RUNTIME_KEYWORD_DETECTOR_H
#define ESPALIER_DEVICE_RUNTIME_KEYWORD_DETECTOR_H
#include <stdint.h>

#include "device_runtime/kernels_s8.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t classes;        /* in [2, 4096] */
  int32_t smoothing;      /* windows that are averaged, in [1, 1024]; those before the first count as probability 0 */
  int32_t refractory;     /* windows after a detection in which none follows, at least 0 */
  int32_t threshold;      /* of the sum of `smoothing` probabilities in 1/256: in [1, 255 * smoothing] */
  const uint8_t* keyword; /* [classes]: 1 for a keyword, 0 for what is never detected (silence, other words) */
} espalier_keyword_spec;

/* The caller's memory; nothing else is kept. */
typedef struct {
  uint8_t* ring; /* [smoothing][classes]: probabilities in 1/256 */
  int32_t* sums; /* [classes]: over the ring */
  int32_t next;  /* row of the ring that the next window takes */
  int32_t quiet; /* windows that are left of the refractory time */
} espalier_keyword_state;

/* Empties the state. ESPALIER_ARGUMENT where a pointer is null or a number outside of its range. */
espalier_status espalier_keyword_start(const espalier_keyword_spec* spec, espalier_keyword_state* state);

/* One window's probabilities, [classes], as espalier_softmax_s8 gives them (scale 1/256, zero point -128). Gives the
 * keyword that is detected, -1 for none; of equal sums the first. */
int32_t espalier_keyword_push(const espalier_keyword_spec* spec, espalier_keyword_state* state,
                              const int8_t* probabilities);

#ifdef __cplusplus
}
#endif
#endif
