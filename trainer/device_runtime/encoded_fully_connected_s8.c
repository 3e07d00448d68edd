#include "device_runtime/weight_stream.h"

enum { DECODED = 512, LEAST = 2 }; /* bytes of weights that are decoded at once, and outputs at the least */

static int32_t outputs_at_once(int32_t inputs, int32_t outputs) {
  const int32_t fitting = (DECODED / inputs) & ~1, wanted = fitting < LEAST ? LEAST : fitting;
  return wanted < outputs ? wanted : outputs;
}

int32_t espalier_encoded_fully_connected_s8_scratch(int32_t inputs, int32_t outputs) {
  return outputs_at_once(inputs, outputs) * inputs;
}

espalier_status espalier_encoded_fully_connected_s8(const int8_t* input, int32_t inputs, int32_t input_zero_point,
                                                    const espalier_encoded_weights* weights, const int32_t* bias,
                                                    const espalier_rescale* rescale, int8_t* output, int32_t outputs,
                                                    void* scratch) {
  if (inputs <= 0 || outputs <= 0 || weights->count != inputs * outputs) return ESPALIER_ARGUMENT;
  const int32_t at_once = outputs_at_once(inputs, outputs);
  espalier_weight_cursor cursor = {0, 0, 0, 0, 0, 0};
  espalier_status status = ESPALIER_OK;
  for (int32_t first = 0; first < outputs && status == ESPALIER_OK; first += at_once) {
    const int32_t left = outputs - first, count = left < at_once ? left : at_once;
    const espalier_rescale part = espalier_rescale_from(rescale, first);
    weights->decode(weights, &cursor, count * inputs, scratch);
    status = espalier_fully_connected_s8(input, inputs, input_zero_point, scratch, bias + first, &part, output + first,
                                         count);
  }
  return status;
}
