/* Windows of sampled series (accelerometer, electrocardiogram, ...) as a network's input. The same C99 code computes
 * them while training and on the device: integers only, no libm, no allocation, no global state, so that the bits are
 * equal on every processor.
 *
 *   a row of `channels` int16 samples at a time -> a ring of the last `window` rows, complete every `hop` rows
 *   -> each channel normalised, by one of two ways -> features in Q16: value = feature / 65536
 *
 *   fixed   (x - mean) / deviation with constants of the training data, given as mean_q8, multiplier and shift
 *   window  (x - m) / max(s, least_deviation) with the window's own mean m and (population) deviation s. A channel that
 *           does not change becomes zeros.
 *
 * Against the same formula in double precision a fixed feature is within 2^-16 + (1/512) / deviation (its mean is kept
 * in 1/256 of a sample's step), a window's within 2^-16. */
#ifndef ESPALIER_DEVICE_RUNTIME_SERIES_FRONTEND_H
#define ESPALIER_DEVICE_RUNTIME_SERIES_FRONTEND_H
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Largest sizes that a specification may ask for. */
#define ESPALIER_SERIES_MOST_CHANNELS 64
#define ESPALIER_SERIES_MOST_WINDOW 65536
/* Fixed features are bounded by +-128 deviations. */
#define ESPALIER_SERIES_MOST_FEATURE (1 << 23)

typedef enum {
  ESPALIER_SERIES_OK = 0,
  ESPALIER_SERIES_BAD_CHANNELS = 1,      /* channels not in [1, 64] */
  ESPALIER_SERIES_BAD_WINDOW = 2,        /* window not in [2, 65536], or hop < 1 */
  ESPALIER_SERIES_BAD_NORMALIZATION = 3, /* normalization holds a number that it does not name */
  ESPALIER_SERIES_BAD_SCALE = 4, /* fixed: multiplier not in [2^30, 2^31), shift not in [1, 46], mean out of int16 */
  ESPALIER_SERIES_BAD_DEVIATION = 5, /* window: least_deviation not in [1, 32767] */
  ESPALIER_SERIES_SMALL_MEMORY = 6   /* the ring is given fewer elements than window * channels */
} espalier_series_status;
/* "a window of 2 to 65536 samples and a hop of at least 1 are needed". */
const char* espalier_series_status_text(espalier_series_status status);

typedef enum { ESPALIER_SERIES_FIXED = 0, ESPALIER_SERIES_WINDOW = 1 } espalier_series_normalization;

/* What becomes of one channel. */
typedef struct {
  int32_t normalization;   /* espalier_series_normalization */
  int32_t mean_q8;         /* fixed: subtracted, in 1/256 of a sample's step */
  int32_t multiplier;      /* fixed: feature = (256 x - mean_q8) * multiplier / 2^shift */
  int32_t shift;           /* fixed */
  int32_t least_deviation; /* window: in a sample's steps, so that the noise of a silent sensor is not blown up */
} espalier_series_channel;

/* What is computed. */
typedef struct {
  int32_t channels;
  int32_t window; /* rows of one input */
  int32_t hop;    /* rows from one input's first to the next one's */
  const espalier_series_channel* channel;
} espalier_series_spec;

espalier_series_status espalier_series_check(const espalier_series_spec* spec);

/* The last `window` rows of a series that never ends. */
typedef struct {
  const espalier_series_spec* spec;
  int16_t* samples; /* [window][channels], the oldest row at `next` */
  int32_t next;     /* where the coming row goes */
  int32_t due;      /* rows until a window is complete */
} espalier_series_ring;

/* memory: window * channels elements, kept by the caller. */
espalier_series_status espalier_series_start(espalier_series_ring* ring, const espalier_series_spec* spec,
                                             int16_t* memory, size_t elements);
/* row: one sample of every channel. 1 when a window is complete: after `window` rows, then after every `hop`. */
int espalier_series_push(espalier_series_ring* ring, const int16_t* row);

/* What normalises one channel in one window; of a fixed channel it says nothing. */
typedef struct {
  int64_t sum;   /* of the samples */
  uint32_t root; /* 2^k * window * deviation, in [2^30, 2^31] */
  int32_t k;
} espalier_series_scale;

/* samples: [window][channels], rows in any order. scales: [channels]. */
void espalier_series_scales(const espalier_series_spec* spec, const int16_t* samples, espalier_series_scale* scales);
/* One row -> `channels` features in Q16. scales: of the window that the row is part of. */
void espalier_series_row(const espalier_series_spec* spec, const espalier_series_scale* scales, const int16_t* row,
                         int32_t* features);

#ifdef __cplusplus
}
#endif
#endif
