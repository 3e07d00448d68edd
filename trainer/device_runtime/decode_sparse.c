#include "device_runtime/weight_stream.h"

void espalier_decode_sparse(const espalier_encoded_weights* encoded, espalier_weight_cursor* cursor, int32_t count,
                            int8_t* weights) {
  const uint8_t* const codes = encoded->bytes + (encoded->count + 7) / 8;
  const int8_t* const table = encoded->table;
  const int32_t bits = encoded->bits;
  espalier_code_reader reader = espalier_open_codes(codes, cursor);
  int32_t at = cursor->weight;
  const int32_t end = at + count;
  const int whole_bytes = bits == 8 && !table;
  while (at < end) {
    uint32_t flags = (uint32_t)encoded->bytes[at >> 3] >> (at & 7);
    const int32_t byte_end = (at | 7) + 1, stop = byte_end < end ? byte_end : end;
    if (whole_bytes)
      for (; at < stop; ++at, flags >>= 1) *weights++ = flags & 1u ? (int8_t)*reader.at++ : 0;
    else
      for (; at < stop; ++at, flags >>= 1) *weights++ = flags & 1u ? espalier_next_weight(&reader, table, bits) : 0;
  }
  espalier_close_codes(codes, reader, cursor);
  cursor->weight = end;
}
