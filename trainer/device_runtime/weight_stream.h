/* Reading a stream of codes; see encoded_s8.h. */
#ifndef ESPALIER_DEVICE_RUNTIME_WEIGHT_STREAM_H
#define ESPALIER_DEVICE_RUNTIME_WEIGHT_STREAM_H
#include "device_runtime/encoded_s8.h"

/* A cursor in registers. */
typedef struct {
  const uint8_t* at;
  uint32_t waiting;
  int32_t bits;
} espalier_code_reader;

static inline espalier_code_reader espalier_open_codes(const uint8_t* codes, const espalier_weight_cursor* cursor) {
  espalier_code_reader reader;
  reader.at = codes + cursor->byte;
  reader.waiting = cursor->waiting;
  reader.bits = cursor->bits;
  return reader;
}

static inline void espalier_close_codes(const uint8_t* codes, espalier_code_reader reader,
                                        espalier_weight_cursor* cursor) {
  cursor->byte = (int32_t)(reader.at - codes);
  cursor->waiting = reader.waiting;
  cursor->bits = reader.bits;
}

static inline uint32_t espalier_next_code(espalier_code_reader* reader, int32_t bits) {
  if (reader->bits < bits) {
    reader->waiting |= (uint32_t)*reader->at++ << reader->bits;
    reader->bits += 8;
  }
  const uint32_t code = reader->waiting & (((uint32_t)1 << bits) - 1u);
  reader->waiting >>= bits;
  reader->bits -= bits;
  return code;
}

/* A number of `bits` bits in two's complement. */
static inline int8_t espalier_signed_code(uint32_t code, int32_t bits) {
  const int32_t sign = (int32_t)1 << (bits - 1);
  return (int8_t)(((int32_t)code ^ sign) - sign);
}

/* The weight that the next code stands for. */
static inline int8_t espalier_next_weight(espalier_code_reader* reader, const int8_t* table, int32_t bits) {
  const uint32_t code = espalier_next_code(reader, bits);
  return table ? table[code] : espalier_signed_code(code, bits);
}

/* The part of a layer's rescale that starts at `channel`. */
static inline espalier_rescale espalier_rescale_from(const espalier_rescale* rescale, int32_t channel) {
  espalier_rescale part = *rescale;
#ifndef ESPALIER_FIXED_POINT_ONLY
  if (part.scale) {
    part.scale += channel;
    return part;
  }
#endif
  part.multiplier += channel;
  part.shift += channel;
  return part;
}
#endif
