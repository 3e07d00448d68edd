/* See image_frontend.h. */
#include "device_runtime/image_frontend.h"

/* What one output index takes of an axis: `count` neighbours from `first`. The first weighs head, the last (of several)
 * tail, those between body; all together `total`. */
typedef struct {
  int32_t first, count;
  uint32_t head, body, tail;
} taps;

/* A rectangle of the frame. */
typedef struct {
  int32_t left, top, width, height;
} part;

espalier_image_status espalier_image_check(const espalier_image_spec* spec) {
  if (spec == NULL) return ESPALIER_IMAGE_NULL_POINTER;
  if (spec->width < 1 || spec->width > ESPALIER_IMAGE_MOST_OUTPUT || spec->height < 1 ||
      spec->height > ESPALIER_IMAGE_MOST_OUTPUT)
    return ESPALIER_IMAGE_BAD_SIZE;
  if (spec->channels != 1 && spec->channels != 3) return ESPALIER_IMAGE_BAD_CHANNELS;
  if ((spec->order != ESPALIER_ORDER_RGB && spec->order != ESPALIER_ORDER_BGR) ||
      (spec->fit != ESPALIER_FIT_STRETCH && spec->fit != ESPALIER_FIT_CROP && spec->fit != ESPALIER_FIT_PAD) ||
      (spec->filter != ESPALIER_FILTER_AREA && spec->filter != ESPALIER_FILTER_BILINEAR))
    return ESPALIER_IMAGE_BAD_CHOICE;
  return ESPALIER_IMAGE_OK;
}

espalier_image_status espalier_image_check_frame(const espalier_frame* frame) {
  if (frame == NULL || frame->pixels == NULL) return ESPALIER_IMAGE_NULL_POINTER;
  if (espalier_pixel_bytes(frame->format) == 0) return ESPALIER_IMAGE_BAD_CHOICE;
  if (frame->width < 1 || frame->width > ESPALIER_IMAGE_MOST_SIDE || frame->height < 1 ||
      frame->height > ESPALIER_IMAGE_MOST_SIDE || frame->width > ESPALIER_IMAGE_MOST_PIXELS / frame->height ||
      frame->stride < frame->width * espalier_pixel_bytes(frame->format))
    return ESPALIER_IMAGE_BAD_FRAME;
  return ESPALIER_IMAGE_OK;
}

const char* espalier_image_status_text(espalier_image_status status) {
  switch (status) {
    case ESPALIER_IMAGE_OK:
      return "all is well";
    case ESPALIER_IMAGE_NULL_POINTER:
      return "a pointer is null";
    case ESPALIER_IMAGE_BAD_SIZE:
      return "width and height must be within 1 and 1024";
    case ESPALIER_IMAGE_BAD_CHANNELS:
      return "there are 1 or 3 channels";
    case ESPALIER_IMAGE_BAD_CHOICE:
      return "a choice has no such value";
    case ESPALIER_IMAGE_BAD_FRAME:
      return "the frame has no pixels, more than 16384 a side or 16777216 in all, or a stride shorter than a row";
  }
  return "unknown status";
}

int32_t espalier_pixel_bytes(int32_t format) {
  switch (format) {
    case ESPALIER_PIXELS_RGB888:
    case ESPALIER_PIXELS_BGR888:
      return 3;
    case ESPALIER_PIXELS_GRAY8:
      return 1;
    case ESPALIER_PIXELS_RGB565:
    case ESPALIER_PIXELS_RGB565_SWAPPED:
      return 2;
    default:
      return 0;
  }
}

static part wanted_part(const espalier_image_spec* spec, const espalier_frame* frame) {
  part all = {0, 0, 0, 0};
  all.width = frame->width;
  all.height = frame->height;
  if (spec->fit != ESPALIER_FIT_CROP) return all;
  if (frame->width * spec->height > frame->height * spec->width) {
    all.width = frame->height * spec->width / spec->height;
    if (all.width < 1) all.width = 1;
    all.left = (frame->width - all.width) / 2;
  } else {
    all.height = frame->width * spec->height / spec->width;
    if (all.height < 1) all.height = 1;
    all.top = (frame->height - all.height) / 2;
  }
  return all;
}

/* In units in which an output pixel is `source` long and a source pixel `output`. */
static taps area_taps(int32_t index, int32_t source, int32_t output) {
  taps found;
  const int32_t begin = index * source, end = begin + source;
  const int32_t last = (end - 1) / output;
  found.first = begin / output;
  found.count = last - found.first + 1;
  found.body = (uint32_t)output;
  found.head = (uint32_t)((found.count == 1 ? end : (found.first + 1) * output) - begin);
  found.tail = (uint32_t)(end - last * output);
  return found;
}

/* In halves of those units, as centres lie between. */
static taps bilinear_taps(int32_t index, int32_t source, int32_t output) {
  taps found;
  int32_t place = (2 * index + 1) * source - output;
  if (place < 0) place = 0;
  found.first = place / (2 * output);
  found.tail = (uint32_t)(place - found.first * 2 * output);
  found.head = (uint32_t)(2 * output) - found.tail;
  found.body = 0;
  found.count = 2;
  if (found.tail == 0 || found.first + 1 >= source) {
    found.count = 1;
    found.head = (uint32_t)(2 * output);
  }
  return found;
}

static taps taps_of(const espalier_image_spec* spec, int32_t index, int32_t source, int32_t output) {
  return spec->filter == ESPALIER_FILTER_AREA ? area_taps(index, source, output) : bilinear_taps(index, source, output);
}

static void unpack(const uint8_t* pixel, int32_t format, uint32_t rgb[3]) {
  uint32_t packed;
  switch (format) {
    case ESPALIER_PIXELS_RGB888:
      rgb[0] = pixel[0], rgb[1] = pixel[1], rgb[2] = pixel[2];
      return;
    case ESPALIER_PIXELS_BGR888:
      rgb[0] = pixel[2], rgb[1] = pixel[1], rgb[2] = pixel[0];
      return;
    case ESPALIER_PIXELS_GRAY8:
      rgb[0] = rgb[1] = rgb[2] = pixel[0];
      return;
    default:
      packed = format == ESPALIER_PIXELS_RGB565 ? (uint32_t)pixel[0] | (uint32_t)pixel[1] << 8
                                                : (uint32_t)pixel[1] | (uint32_t)pixel[0] << 8;
      rgb[0] = packed >> 11, rgb[1] = packed >> 5 & 63u, rgb[2] = packed & 31u;
      /* The highest bits again below, so that all ones are 255. */
      rgb[0] = rgb[0] << 3 | rgb[0] >> 2, rgb[1] = rgb[1] << 2 | rgb[1] >> 4, rgb[2] = rgb[2] << 3 | rgb[2] >> 2;
  }
}

static uint32_t gray_of(const uint32_t rgb[3]) {
  return (4899u * rgb[0] + 9617u * rgb[1] + 1868u * rgb[2] + 8192u) >> 14;
}

/* As sum_row of three channels from three bytes, in the frame's order. */
static void sum_colours(const uint8_t* pixel, const taps* across, uint32_t sums[3]) {
  const uint8_t* last = pixel + 3 * (across->count - 1);
  uint32_t first = 0, second = 0, third = 0;
  sums[0] = across->head * pixel[0], sums[1] = across->head * pixel[1], sums[2] = across->head * pixel[2];
  if (across->count == 1) return;
  for (pixel += 3; pixel < last; pixel += 3) first += pixel[0], second += pixel[1], third += pixel[2];
  sums[0] += across->body * first + across->tail * last[0];
  sums[1] += across->body * second + across->tail * last[1];
  sums[2] += across->body * third + across->tail * last[2];
}

/* The weighted sum of neighbours in a row, red, green, blue or gray alone. */
static void sum_row(const uint8_t* pixel, int32_t format, int32_t channels, const taps* across, uint32_t sums[3]) {
  const int32_t bytes = espalier_pixel_bytes(format);
  uint32_t rgb[3] = {0, 0, 0}, body[3] = {0, 0, 0};
  if (bytes == 3 && channels == 3) {
    sum_colours(pixel, across, sums);
    if (format == ESPALIER_PIXELS_BGR888) rgb[0] = sums[0], sums[0] = sums[2], sums[2] = rgb[0];
    return;
  }
  for (int32_t i = 0; i < across->count; ++i, pixel += bytes) {
    unpack(pixel, format, rgb);
    if (channels == 1) rgb[0] = format == ESPALIER_PIXELS_GRAY8 ? pixel[0] : gray_of(rgb);
    for (int32_t c = 0; c < channels; ++c) {
      if (i == 0)
        sums[c] = across->head * rgb[c];
      else if (i == across->count - 1)
        sums[c] += across->tail * rgb[c];
      else
        body[c] += rgb[c];
    }
  }
  for (int32_t c = 0; c < channels; ++c) sums[c] += across->body * body[c];
}

static void write_pixel(const espalier_image_spec* spec, const uint32_t values[3], uint8_t* out) {
  const int32_t swapped = spec->order == ESPALIER_ORDER_BGR;
  if (spec->channels == 1) {
    out[0] = (uint8_t)values[0];
    return;
  }
  for (int32_t c = 0; c < 3; ++c) out[swapped ? 2 - c : c] = (uint8_t)values[c];
}

static void resized_row(const espalier_image_spec* spec, const espalier_frame* frame, const part* seen, int32_t y,
                        uint8_t* out) {
  const int32_t bytes = espalier_pixel_bytes(frame->format);
  const taps down = taps_of(spec, y, seen->height, spec->height);
  const uint32_t total = spec->filter == ESPALIER_FILTER_AREA ? (uint32_t)seen->width * (uint32_t)seen->height
                                                              : 4u * (uint32_t)spec->width * (uint32_t)spec->height;
  for (int32_t x = 0; x < spec->width; ++x, out += spec->channels) {
    const taps across = taps_of(spec, x, seen->width, spec->width);
    uint32_t sums[3] = {0, 0, 0};
    for (int32_t i = 0; i < down.count; ++i) {
      const uint32_t weight = i == 0 ? down.head : i == down.count - 1 ? down.tail : down.body;
      const int32_t row = seen->top + down.first + i;
      uint32_t of_row[3];
      sum_row(frame->pixels + (ptrdiff_t)row * frame->stride + (seen->left + across.first) * bytes, frame->format,
              spec->channels, &across, of_row);
      for (int32_t c = 0; c < spec->channels; ++c) sums[c] += weight * of_row[c];
    }
    for (int32_t c = 0; c < spec->channels; ++c) sums[c] = (sums[c] + total / 2u) / total;
    write_pixel(spec, sums, out);
  }
}

/* No resizing: every filter gives the pixels themselves. */
static void copied_row(const espalier_image_spec* spec, const espalier_frame* frame, const part* seen, int32_t y,
                       uint8_t* out) {
  const int32_t bytes = espalier_pixel_bytes(frame->format);
  const uint8_t* pixel = frame->pixels + (ptrdiff_t)(seen->top + y) * frame->stride + seen->left * bytes;
  for (int32_t x = 0; x < spec->width; ++x, pixel += bytes, out += spec->channels) {
    uint32_t rgb[3] = {0, 0, 0};
    unpack(pixel, frame->format, rgb);
    if (spec->channels == 1 && frame->format != ESPALIER_PIXELS_GRAY8) rgb[0] = gray_of(rgb);
    write_pixel(spec, rgb, out);
  }
}

/* The part of the output that a frame of these sides fills with its proportions. */
static part padded_part(const espalier_image_spec* spec, const espalier_frame* frame) {
  part filled = {0, 0, 0, 0};
  filled.width = spec->width;
  filled.height = spec->height;
  if (spec->fit != ESPALIER_FIT_PAD) return filled;
  if (frame->width * spec->height > frame->height * spec->width) {
    filled.height = (frame->height * spec->width + frame->width / 2) / frame->width;
    if (filled.height < 1) filled.height = 1;
    filled.top = (spec->height - filled.height) / 2;
  } else {
    filled.width = (frame->width * spec->height + frame->height / 2) / frame->height;
    if (filled.width < 1) filled.width = 1;
    filled.left = (spec->width - filled.width) / 2;
  }
  return filled;
}

espalier_image_placement espalier_image_place(const espalier_image_spec* spec, const espalier_frame* frame) {
  const part from = wanted_part(spec, frame), to = padded_part(spec, frame);
  const espalier_image_placement place = {from.left, from.top, from.width, from.height,
                                          to.left,   to.top,   to.width,   to.height};
  return place;
}

espalier_image_status espalier_image_pixels(const espalier_image_spec* spec, const espalier_frame* frame,
                                            uint8_t* out) {
  espalier_image_status status = espalier_image_check(spec);
  espalier_image_spec inner;
  part seen, filled;
  if (status == ESPALIER_IMAGE_OK) status = espalier_image_check_frame(frame);
  if (status != ESPALIER_IMAGE_OK) return status;
  if (out == NULL) return ESPALIER_IMAGE_NULL_POINTER;
  seen = wanted_part(spec, frame);
  filled = padded_part(spec, frame);
  inner = *spec;
  inner.width = filled.width;
  inner.height = filled.height;
  if (filled.width < spec->width || filled.height < spec->height)
    for (size_t i = 0, count = (size_t)spec->width * (size_t)spec->height * (size_t)spec->channels; i < count; ++i)
      out[i] = ESPALIER_IMAGE_PADDING;
  out += ((size_t)filled.top * (size_t)spec->width + (size_t)filled.left) * (size_t)spec->channels;
  for (int32_t y = 0; y < filled.height; ++y, out += (size_t)spec->width * (size_t)spec->channels) {
    if (seen.width == filled.width && seen.height == filled.height)
      copied_row(&inner, frame, &seen, y, out);
    else
      resized_row(&inner, frame, &seen, y, out);
  }
  return ESPALIER_IMAGE_OK;
}

espalier_image_status espalier_image_codes(const espalier_image_spec* spec, const espalier_frame* frame,
                                           const int8_t* codes, int8_t* out) {
  uint8_t* pixels = (uint8_t*)out;
  espalier_image_status status = ESPALIER_IMAGE_NULL_POINTER;
  if (codes != NULL) status = espalier_image_pixels(spec, frame, pixels);
  if (status != ESPALIER_IMAGE_OK) return status;
  for (size_t i = 0, count = (size_t)spec->width * (size_t)spec->height; i < count; ++i)
    for (int32_t c = 0; c < spec->channels; ++c, ++pixels, ++out) *out = codes[c * 256 + *pixels];
  return ESPALIER_IMAGE_OK;
}
