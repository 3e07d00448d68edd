#include "device_runtime/weight_stream.h"

static const int8_t signed_nibbles[16] = {0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1};

/* Whole bytes of two codes, from the next one that starts a byte; what is left is for the caller. */
static int8_t* decode_nibbles(const int8_t* table, espalier_code_reader* reader, int8_t* weights, const int8_t* end) {
  if (reader->bits == 4 && weights < end) *weights++ = table[espalier_next_code(reader, 4)];
  for (; end - weights >= 2; weights += 2) {
    const uint32_t byte = *reader->at++;
    weights[0] = table[byte & 15u];
    weights[1] = table[byte >> 4];
  }
  return weights;
}

void espalier_decode_dense(const espalier_encoded_weights* encoded, espalier_weight_cursor* cursor, int32_t count,
                           int8_t* weights) {
  const int32_t bits = encoded->bits;
  const int8_t* const table = encoded->table || bits != 4 ? encoded->table : signed_nibbles;
  espalier_code_reader reader = espalier_open_codes(encoded->bytes, cursor);
  int8_t* const end = weights + count;
  if (bits == 4) weights = decode_nibbles(table, &reader, weights, end);
  while (weights < end) *weights++ = espalier_next_weight(&reader, table, bits);
  espalier_close_codes(encoded->bytes, reader, cursor);
  cursor->weight += count;
}
