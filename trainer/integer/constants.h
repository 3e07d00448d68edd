// Numbers that a kernel needs and that the host derives from scales: fixed-point multipliers, clamps, softmax's
// table-free parameters. The twin, the C export and the storage count use these same functions.
#pragma once
#include <cstdint>
#include <vector>

#include "integer/program.h"

namespace espalier::integer {

/// value ~ multiplier * 2^(shift - 31), multiplier 0 or in [2^30, 2^31), shift in [-31, 30].
struct FixedPoint {
  std::int32_t multiplier = 0, shift = 0;
  bool operator==(const FixedPoint&) const = default;
};

/// As TensorFlow Lite's QuantizeMultiplier: value >= 0 is rounded to 31 bits; below 2^-32 it becomes 0, at 2^30 and
/// above it saturates.
FixedPoint fixed_point(double value);

/// input * weight / output, every scale a float32, as the runtime multiplies them. `in_float`: the product of input and
/// weight scale is rounded to float32 first, as TensorFlow Lite does for a fully connected layer with one scale.
double effective_scale(float input, float weight, float output, bool in_float = false);

/// One per output channel of a Conv2d, DepthwiseConv2d or FullyConnected (there repeated where the scale is per
/// tensor).
std::vector<FixedPoint> channel_multipliers(const Program& program, const Instruction& instruction);
/// The float32 factors of ort_f32_even for the same layers: input * weight / output in float32, in this order.
std::vector<float> channel_scales(const Program& program, const Instruction& instruction);

/// The quantized range that a fused activation leaves of [-128, 127].
struct Range {
  std::int32_t low = -128, high = 127;
};
Range clamp_range(Clamp clamp, const Activation& output);

/// Mean over `count` pixels: the rescale with the division taken in.
FixedPoint mean_multiplier(float input_scale, float output_scale, std::int64_t count);

struct SoftmaxConstants {
  std::int32_t multiplier = 0, left_shift = 0, diff_min = 0;
};
SoftmaxConstants softmax_constants(float beta, float input_scale);

struct LogisticConstants {
  std::int32_t multiplier = 0, left_shift = 0, radius = 0;
};
/// input_scale at least 2^-28.
LogisticConstants logistic_constants(float input_scale);

struct HardSwishConstants {
  FixedPoint output, gate;  ///< multipliers of 15 bits: value ~ multiplier * 2^(shift - 15)
};
HardSwishConstants hard_swish_constants(float input_scale, float output_scale);

/// Of a product of two activations: left * right / output, every scale a float32.
FixedPoint mul_multiplier(float left_scale, float right_scale, float output_scale);

struct AddConstants {
  FixedPoint left, right, sum;  ///< every shift <= 0
};
AddConstants add_constants(float left_scale, float right_scale, float output_scale);

}  // namespace espalier::integer
