/* From a detector's int8 output to boxes: no libm, no allocation, integers alone.
 *
 * The output is a map [rows][columns][classes + 5]. A cell says, in this order: a logit for each class; how far left,
 * above, right and below of the cell's centre the box ends; a logit of how good the box is. A cell's box has the score
 * sigmoid(highest class logit) * sigmoid(quality logit). Of boxes of one class that cover each other the one of the
 * highest score is kept (greedy suppression). After Tian et al. 2019, "FCOS", arXiv:1904.01355. */
#ifndef ESPALIER_DEVICE_RUNTIME_BOX_DECODER_H
#define ESPALIER_DEVICE_RUNTIME_BOX_DECODER_H
#include <stdint.h>

#include "device_runtime/kernels_s8.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ESPALIER_BOX_STEPS 16 /* steps of a coordinate in a pixel of the network's input */

/* Edges in steps, cut at the picture's: 0 <= left <= right <= ESPALIER_BOX_STEPS * width. score: in 1/65536. */
typedef struct {
  int32_t left, top, right, bottom;
  int32_t label;
  uint16_t score;
} espalier_box;

typedef struct {
  int32_t rows, columns; /* cells, each in [1, 1024] */
  int32_t classes;       /* in [1, 1024] */
  int32_t stride;        /* pixels from cell to cell, in [1, 256]; the first centre lies at stride / 2 */
  int32_t zero_point;    /* of the output */
  int32_t distance;      /* what a step of the output is worth as a distance, in 1/65536 of a box step; in [1, 2^30] */
  uint16_t least_score;  /* boxes below are not kept */
  int32_t most_overlap;  /* intersection over union beyond which a box is suppressed, in 1/32768; in [0, 32768] */
  /* sigmoid of the real number that output code q - 128 stands for, in 1/65536; made when the model is exported */
  const uint16_t* sigmoid; /* [256] */
} espalier_box_decoder;

/* output: the network's. boxes: room for `capacity`, in [1, 65535]. Gives how many were found, the highest score first;
 * of more candidates than `capacity` those of the highest scores take part, so that with room for rows * columns none
 * is lost; a thing has several cells before suppression. -1 where an argument is out of range. */
int32_t espalier_decode_boxes(const espalier_box_decoder* decoder, const int8_t* output, espalier_box* boxes,
                              int32_t capacity);

/* The parts, for candidates from elsewhere. Keeps `box` among the `count` best so far, sorted by score, earlier ones
 * first among equals; gives the new count. */
int32_t espalier_keep_box(espalier_box box, espalier_box* boxes, int32_t count, int32_t capacity);
/* Greedy suppression of sorted boxes, class by class; gives how many are left. */
int32_t espalier_suppress_boxes(espalier_box* boxes, int32_t count, int32_t most_overlap);

#ifdef __cplusplus
}
#endif
#endif
