/* From a camera's frame to what a network sees: the wanted part, resized, in the wanted channels. The same C99 code
 * runs while training, in evaluation and on the device: integers alone, no libm, no allocation, no memory beside the
 * output.
 *
 *   frame -> the whole or the largest centred part of the output's proportions -> gray or colours
 *   -> resized exactly, rounded to 8 bits -> (a table for each channel) the network's int8 input
 *
 * Both filters are rational numbers until one rounding at the end, half up, so they are equal on every processor and
 * within one step of any other library's:
 *   area      the mean over the rectangle that an output pixel covers: for smaller pictures, without aliasing
 *   bilinear  between the four nearest centres, edges repeated: (x + 1/2) * source / output - 1/2 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Largest sides of an output, of a frame, and pixels of a frame: sums fit 32 bits. */
#define ESPALIER_IMAGE_MOST_OUTPUT 1024
#define ESPALIER_IMAGE_MOST_SIDE 16384
#define ESPALIER_IMAGE_MOST_PIXELS 16777216

typedef enum {
  ESPALIER_IMAGE_OK = 0,
  ESPALIER_IMAGE_NULL_POINTER = 1,
  ESPALIER_IMAGE_BAD_SIZE = 2,     /* an output side not in [1, ESPALIER_IMAGE_MOST_OUTPUT] */
  ESPALIER_IMAGE_BAD_CHANNELS = 3, /* neither 1 nor 3 */
  ESPALIER_IMAGE_BAD_CHOICE = 4,   /* an enumeration holds a number that it does not name */
  ESPALIER_IMAGE_BAD_FRAME = 5     /* no pixels, too many, or a stride shorter than a row */
} espalier_image_status;

/* Of a frame. RGB565: 16 bits, red in the highest five; in memory the low byte first, or (SWAPPED, as many cameras send
 * it) the high byte. */
typedef enum {
  ESPALIER_PIXELS_RGB888 = 0,
  ESPALIER_PIXELS_BGR888 = 1,
  ESPALIER_PIXELS_GRAY8 = 2,
  ESPALIER_PIXELS_RGB565 = 3,
  ESPALIER_PIXELS_RGB565_SWAPPED = 4
} espalier_pixel_format;

/* stretch: the whole frame, proportions lost; crop: its largest centred part of the output's proportions; pad: the
 * whole frame with its proportions, centred, and ESPALIER_IMAGE_PADDING around it. */
typedef enum { ESPALIER_FIT_STRETCH = 0, ESPALIER_FIT_CROP = 1, ESPALIER_FIT_PAD = 2 } espalier_image_fit;
#define ESPALIER_IMAGE_PADDING 128
typedef enum { ESPALIER_FILTER_AREA = 0, ESPALIER_FILTER_BILINEAR = 1 } espalier_image_filter;
/* Of three channels in the output. */
typedef enum { ESPALIER_ORDER_RGB = 0, ESPALIER_ORDER_BGR = 1 } espalier_channel_order;

/* What is computed. */
typedef struct {
  int32_t width, height; /* of the output */
  int32_t channels;      /* 3, or 1: gray by the weights of ITU-R BT.601 */
  int32_t order;         /* espalier_channel_order */
  int32_t fit;           /* espalier_image_fit */
  int32_t filter;        /* espalier_image_filter */
} espalier_image_spec;

/* A picture that somebody else owns. A part of a larger one is a pointer to its first pixel and the larger stride. */
typedef struct {
  const uint8_t* pixels;
  int32_t width, height;
  int32_t stride; /* bytes from a row to the next one */
  int32_t format; /* espalier_pixel_format */
} espalier_frame;

/* Which rectangle of the frame fills which one of the output. */
typedef struct {
  int32_t from_x, from_y, from_width, from_height; /* pixels of the frame */
  int32_t to_x, to_y, to_width, to_height;         /* pixels of the output */
} espalier_image_placement;

/* The first thing wrong. */
espalier_image_status espalier_image_check(const espalier_image_spec* spec);
espalier_image_status espalier_image_check_frame(const espalier_frame* frame);
/* An English half-sentence for a message. */
const char* espalier_image_status_text(espalier_image_status status);

/* Bytes of a pixel; 0 for a format that is none. */
int32_t espalier_pixel_bytes(int32_t format);

/* Of a specification and a frame that are in order. */
espalier_image_placement espalier_image_place(const espalier_image_spec* spec, const espalier_frame* frame);
/* The picture in 8 bits, [height][width][channels]. */
espalier_image_status espalier_image_pixels(const espalier_image_spec* spec, const espalier_frame* frame, uint8_t* out);
/* The network's input, the same layout: out = codes[channel][pixel]. codes: [channels][256], normalisation and
 * quantization in one. */
espalier_image_status espalier_image_codes(const espalier_image_spec* spec, const espalier_frame* frame,
                                           const int8_t* codes, int8_t* out);

#ifdef __cplusplus
}
#endif
