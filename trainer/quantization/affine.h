// Encodings from ranges and from weights: the numbers of DESIGN's default scheme, in one place.
#pragma once
#include <ATen/core/Tensor.h>

#include "compression/model.h"

namespace espalier::quantization {

/// Of an activation, per tensor, on [-128, 127]. The range is widened to hold 0 and then shifted by less than a step so
/// that 0 is a grid point (Jacob et al. 2018, arXiv:1712.05877, section 3.1); a range of no width gets a width of 1,
/// since it holds only 0. symmetric: zero point 0, on [-127, 127]. Throws Error(failed) naming `name` when the range is
/// not finite or nothing was seen.
compression::Encoding activation_encoding(compression::Range range, bool symmetric, const std::string& name,
                                          const at::Device& device = at::kCPU);

/// An activation's encoding that its operator demands, whatever was observed.
compression::Encoding activation_encoding(const graph::FixedEncoding& fixed, const at::Device& device = at::kCPU);

/// What a weight's folded bias asks of its scale; doubles [n] along the output axis.
struct ScaleFloor {
  at::Tensor factor;  ///< gamma / sqrt(running variance + epsilon), or undefined without batch norm
  at::Tensor bias;    ///< the folded bias, or undefined without any
  double input_scale = 1, output_scale = 1;
};

/// Of a weight, symmetric on [-largest, largest], one scale a slice along `axis`: s = max|w| / largest, so that every
/// value is held. But at least
///
///   s |f| >= max(|b|, s_out) / (s_in 2^30)
///
/// with the batch norm factor f (1 where it is 0 or absent) and the folded bias b: then neither the int32 bias at scale
/// s_in s |f| nor the shift of the requantization leaves its range, and channels of zeros have a scale above 0.
compression::Encoding weight_encoding(const at::Tensor& weight, int axis, const ScaleFloor& floor, int largest = 127);

}  // namespace espalier::quantization
