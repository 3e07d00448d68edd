#include <string.h>

#include "device_runtime/weight_stream.h"

void espalier_decode_runs(const espalier_encoded_weights* encoded, espalier_weight_cursor* cursor, int32_t count,
                          int8_t* weights) {
  const int8_t* const table = encoded->table;
  const int32_t bits = encoded->bits, run_bits = encoded->run_bits;
  const int32_t no_code = ((int32_t)1 << run_bits) - 1;
  espalier_code_reader reader = espalier_open_codes(encoded->bytes, cursor);
  int32_t zeros = cursor->zeros, code = cursor->code, at = 0;
  memset(weights, 0, (size_t)count);
  for (;;) {
    if (zeros == 0 && code == 0) {
      zeros = (int32_t)espalier_next_code(&reader, run_bits);
      code = zeros != no_code;
    }
    if (zeros >= count - at) break;
    at += zeros;
    zeros = 0;
    if (code == 0) continue;
    weights[at++] = espalier_next_weight(&reader, table, bits);
    code = 0;
    if (at == count) break;
  }
  cursor->zeros = zeros - (count - at);
  cursor->code = code;
  espalier_close_codes(encoded->bytes, reader, cursor);
  cursor->weight += count;
}
