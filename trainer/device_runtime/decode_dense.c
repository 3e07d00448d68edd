#include "device_runtime/weight_stream.h"

void espalier_decode_dense(const espalier_encoded_weights* encoded, espalier_weight_cursor* cursor, int32_t count,
                           int8_t* weights) {
  const int8_t* const table = encoded->table;
  const int32_t bits = encoded->bits;
  espalier_code_reader reader = espalier_open_codes(encoded->bytes, cursor);
  int8_t* const end = weights + count;
  if (table)
    while (weights < end) *weights++ = table[espalier_next_code(&reader, bits)];
  else
    while (weights < end) *weights++ = espalier_signed_code(espalier_next_code(&reader, bits), bits);
  espalier_close_codes(encoded->bytes, reader, cursor);
  cursor->weight += count;
}
