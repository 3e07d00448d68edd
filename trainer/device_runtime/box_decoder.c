#include "device_runtime/box_decoder.h"

static int32_t clamped(int64_t value, int32_t high) {
  if (value < 0) return 0;
  return value > high ? high : (int32_t)value;
}

static int64_t area(const espalier_box* box) { return (int64_t)(box->right - box->left) * (box->bottom - box->top); }

/* Is intersection over union greater than most / 32768? */
static int covers(const espalier_box* a, const espalier_box* b, int32_t most) {
  const int32_t left = a->left > b->left ? a->left : b->left, top = a->top > b->top ? a->top : b->top;
  const int32_t right = a->right < b->right ? a->right : b->right,
                bottom = a->bottom < b->bottom ? a->bottom : b->bottom;
  int64_t common, all;
  if (right <= left || bottom <= top) return 0;
  common = (int64_t)(right - left) * (bottom - top);
  all = area(a) + area(b) - common;
  /* Coordinates are below 2^22 (1024 cells of 256 pixels), areas below 2^44, so that 2^15 times them fit. */
  return common * 32768 > all * most;
}

int32_t espalier_keep_box(espalier_box box, espalier_box* boxes, int32_t count, int32_t capacity) {
  int32_t at = count;
  if (count == capacity) {
    if (boxes[count - 1].score >= box.score) return count;
    at = count - 1;
  }
  while (at > 0 && boxes[at - 1].score < box.score) {
    boxes[at] = boxes[at - 1];
    --at;
  }
  boxes[at] = box;
  return count == capacity ? count : count + 1;
}

int32_t espalier_suppress_boxes(espalier_box* boxes, int32_t count, int32_t most_overlap) {
  int32_t kept = 0;
  for (int32_t i = 0; i < count; ++i) {
    int free_ = 1;
    for (int32_t k = 0; k < kept && free_; ++k)
      free_ = boxes[k].label != boxes[i].label || !covers(&boxes[k], &boxes[i], most_overlap);
    if (free_) boxes[kept++] = boxes[i];
  }
  return kept;
}

static int is_sound(const espalier_box_decoder* d) {
  return d->sigmoid && d->rows >= 1 && d->rows <= 1024 && d->columns >= 1 && d->columns <= 1024 && d->classes >= 1 &&
         d->classes <= 1024 && d->stride >= 1 && d->stride <= 256 && d->distance >= 1 && d->distance <= (1 << 30) &&
         d->most_overlap >= 0 && d->most_overlap <= 32768 && d->zero_point >= -128 && d->zero_point <= 127;
}

/* An output code as a distance in box steps, rounded, halves up. */
static int64_t distance_of(const espalier_box_decoder* d, int8_t code) {
  const int64_t value = ((int64_t)(code - d->zero_point) * d->distance + 32768);
  return value >= 0 ? value / 65536 : -((-value + 65535) / 65536);
}

static espalier_box box_at(const espalier_box_decoder* d, const int8_t* distances, int32_t row, int32_t column) {
  const int32_t half = d->stride * ESPALIER_BOX_STEPS / 2, step = d->stride * ESPALIER_BOX_STEPS;
  const int32_t x = column * step + half, y = row * step + half, width = d->columns * step, height = d->rows * step;
  espalier_box box;
  box.left = clamped(x - distance_of(d, distances[0]), width);
  box.top = clamped(y - distance_of(d, distances[1]), height);
  box.right = clamped(x + distance_of(d, distances[2]), width);
  box.bottom = clamped(y + distance_of(d, distances[3]), height);
  box.label = 0;
  box.score = 0;
  return box;
}

int32_t espalier_decode_boxes(const espalier_box_decoder* decoder, const int8_t* output, espalier_box* boxes,
                              int32_t capacity) {
  int32_t count = 0, row, column, c;
  if (!decoder || !output || !boxes || capacity < 1 || capacity > 65535 || !is_sound(decoder)) return -1;
  for (row = 0; row < decoder->rows; ++row)
    for (column = 0; column < decoder->columns; ++column, output += decoder->classes + 5) {
      int32_t best = 0;
      uint32_t score;
      espalier_box box;
      for (c = 1; c < decoder->classes; ++c)
        if (output[c] > output[best]) best = c;
      score =
          (uint32_t)decoder->sigmoid[output[best] + 128] * decoder->sigmoid[output[decoder->classes + 4] + 128] >> 16;
      if (score < decoder->least_score) continue;
      box = box_at(decoder, output + decoder->classes, row, column);
      if (box.right <= box.left || box.bottom <= box.top) continue;
      box.label = best;
      box.score = (uint16_t)score;
      count = espalier_keep_box(box, boxes, count, capacity);
    }
  return espalier_suppress_boxes(boxes, count, decoder->most_overlap);
}
