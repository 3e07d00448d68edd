/* Where things are, without their extents, from a small network's int8 output: for microcontrollers that cannot afford
 * boxes. No libm, no allocation.
 *
 * The output is a map [rows][columns][1 + classes]: a logit for nothing, then one for each class. A cell holds a thing
 * where a class's logit exceeds that of nothing by a margin and no cell around it (of the 8) says the same class more
 * surely. After Edge Impulse's FOMO (Moreau & Kelcey 2022, "Faster objects, more objects"). */
#ifndef ESPALIER_DEVICE_RUNTIME_CENTROID_DECODER_H
#define ESPALIER_DEVICE_RUNTIME_CENTROID_DECODER_H
#include <stdint.h>

#include "device_runtime/kernels_s8.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t row, column; /* of the cell */
  int32_t label;
  int32_t margin; /* logit of the class less that of nothing, in steps of the output */
} espalier_centroid;

typedef struct {
  int32_t rows, columns; /* cells, each in [1, 1024] */
  int32_t classes;       /* in [1, 1024] */
  int32_t least_margin;  /* in [-255, 255] */
} espalier_centroid_decoder;

/* Gives how many things were found, row by row, at most `capacity`; -1 where an argument is out of range. */
int32_t espalier_decode_centroids(const espalier_centroid_decoder* decoder, const int8_t* output,
                                  espalier_centroid* found, int32_t capacity);

#ifdef __cplusplus
}
#endif
#endif
