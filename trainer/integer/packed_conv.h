// A faster convolution for the host, with the bits of espalier_conv2d_s8: the twin can afford a second copy of the
// weights.
#pragma once
#include <cstdint>
#include <vector>

#include "device_runtime/kernels_s8.h"
#include "integer/program.h"

namespace espalier::integer {

/// Weights as int16 in [output channels / 16][run / 2][16][2], zero where a run or the channels end early, so that one
/// multiply-add instruction takes two inputs times eight output channels. A run is kernel_height * kernel_width * input
/// channels. Sums are int32 and exact in any order, since the whole accumulator provably fits.
class PackedConv {
 public:
  PackedConv(const Conv2d& conv, const Activation& input, const Activation& output);

  /// As espalier_conv2d_s8. Safe to call from several threads.
  void run(const std::int8_t* input, const espalier_rescale& rescale, std::int8_t* output) const;

 private:
  void gather(const std::int8_t* input, std::int32_t y, std::int32_t x, std::int16_t* columns) const;

  espalier_shape input_, output_;
  std::int32_t zero_point_;
  Window window_;
  std::int64_t pairs_, blocks_;
  std::vector<std::int16_t> weights_;
  std::vector<std::int32_t> bias_;  ///< zero up to a whole block
};

}  // namespace espalier::integer
