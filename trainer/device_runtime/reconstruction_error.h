/* How far an autoencoder's int8 output lies from its int8 input: the score by which anomalies are told. No floating
 * point, no allocation.
 *
 * Both are numbers of their own encodings. They meet in steps of the coarser one's scale / 32768: a multiplier brings
 * each code there, the larger of the two multipliers is 32768. */
#ifndef ESPALIER_DEVICE_RUNTIME_RECONSTRUCTION_ERROR_H
#define ESPALIER_DEVICE_RUNTIME_RECONSTRUCTION_ERROR_H
#include <stdint.h>

#include "device_runtime/kernels_s8.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ESPALIER_RECONSTRUCTION_STEPS 32768

typedef struct {
  int32_t elements;                            /* in [1, 65536], of the input and of the output */
  int32_t input_zero_point, output_zero_point; /* in [-128, 127] */
  int32_t input_multiplier, output_multiplier; /* in [0, ESPALIER_RECONSTRUCTION_STEPS] */
} espalier_reconstruction;

/* Mean squared difference, in squared steps, rounded down; less than 2^48, so that 65,536 of them can be added up.
 * UINT64_MAX where an argument is out of range. */
uint64_t espalier_reconstruction_error(const espalier_reconstruction* reconstruction, const int8_t* input,
                                       const int8_t* output);

#ifdef __cplusplus
}
#endif
#endif
