#include "device_runtime/centroid_decoder.h"

static const int8_t* cell_at(const espalier_centroid_decoder* d, const int8_t* output, int32_t row, int32_t column) {
  return output + ((int64_t)row * d->columns + column) * (d->classes + 1);
}

/* The surest class of a cell, the first of equals; how sure goes to `margin`. */
static int32_t label_of(const espalier_centroid_decoder* d, const int8_t* cell, int32_t* margin) {
  int32_t best = 1;
  for (int32_t c = 2; c <= d->classes; ++c)
    if (cell[c] > cell[best]) best = c;
  *margin = cell[best] - cell[0];
  return best - 1;
}

/* Is a cell around this one surer of the same class? Of equals the one that comes first in the map. */
static int is_outdone(const espalier_centroid_decoder* d, const int8_t* output, int32_t row, int32_t column,
                      int32_t label, int32_t margin) {
  for (int32_t y = row - 1; y <= row + 1; ++y)
    for (int32_t x = column - 1; x <= column + 1; ++x) {
      int32_t other;
      const int comes_first = y < row || (y == row && x < column);
      if (y < 0 || x < 0 || y >= d->rows || x >= d->columns || (y == row && x == column)) continue;
      if (label_of(d, cell_at(d, output, y, x), &other) != label) continue;
      if (other > margin || (other == margin && comes_first)) return 1;
    }
  return 0;
}

static int is_sound(const espalier_centroid_decoder* d) {
  return d->rows >= 1 && d->rows <= 1024 && d->columns >= 1 && d->columns <= 1024 && d->classes >= 1 &&
         d->classes <= 1024 && d->least_margin >= -255 && d->least_margin <= 255;
}

int32_t espalier_decode_centroids(const espalier_centroid_decoder* decoder, const int8_t* output,
                                  espalier_centroid* found, int32_t capacity) {
  int32_t count = 0;
  if (!decoder || !output || !found || capacity < 1 || !is_sound(decoder)) return -1;
  for (int32_t row = 0; row < decoder->rows; ++row)
    for (int32_t column = 0; column < decoder->columns; ++column) {
      int32_t margin;
      const int32_t label = label_of(decoder, cell_at(decoder, output, row, column), &margin);
      if (margin < decoder->least_margin || is_outdone(decoder, output, row, column, label, margin)) continue;
      if (count == capacity) return count;
      found[count].row = row;
      found[count].column = column;
      found[count].label = label;
      found[count].margin = margin;
      ++count;
    }
  return count;
}
