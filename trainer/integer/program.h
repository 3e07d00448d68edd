// The integer program: what the device computes, as data. Closed on purpose: a backend that misses a case writes a
// wrong byte, so every backend visits the variant exhaustively.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace espalier::integer {

/// Without the batch axis: {height, width, channels} (channels innermost, as every edge runtime stores it) or
/// {features}.
using Shape = std::vector<std::int64_t>;
std::int64_t elements(const Shape& shape);

/// An int8 activation. real = scale * (q - zero_point), zero_point in [-128, 127], scale > 0 and a float32 value.
struct Activation {
  std::string name;  ///< of the graph's node that it belongs to
  Shape shape;
  float scale = 1;
  std::int32_t zero_point = 0;
};

/// Index into Program::activations.
using Id = std::int32_t;

/// Clamp that is fused into the producer, in real units: none, [0, inf), [0, 6].
enum class Clamp { none, relu, relu6 };

struct Window {  ///< kernel, stride and explicit padding (in the input's zero_point), in elements
  std::int32_t kernel_height = 1, kernel_width = 1, stride_height = 1, stride_width = 1;
  std::int32_t pad_top = 0, pad_bottom = 0, pad_left = 0, pad_right = 0;
};

/// weights [out][kernel_height][kernel_width][in], int8 in [-127, 127], symmetric. weight_scale: [out]. bias: [out],
/// scale input.scale * weight_scale[c].
struct Conv2d {
  Id input = 0, output = 0;
  Window window;
  std::vector<std::int8_t> weights;
  std::vector<float> weight_scale;
  std::vector<std::int32_t> bias;
  Clamp clamp = Clamp::none;
};
/// Depth multiplier 1. weights [kernel_height][kernel_width][channels]; weight_scale, bias: [channels].
struct DepthwiseConv2d {
  Id input = 0, output = 0;
  Window window;
  std::vector<std::int8_t> weights;
  std::vector<float> weight_scale;
  std::vector<std::int32_t> bias;
  Clamp clamp = Clamp::none;
};
/// weights [out][in] (in: the flattened input, channels innermost). weight_scale: [1] per tensor or [out].
struct FullyConnected {
  Id input = 0, output = 0;
  std::vector<std::int8_t> weights;
  std::vector<float> weight_scale;
  std::vector<std::int32_t> bias;
  Clamp clamp = Clamp::none;
};
/// Equal shapes; each input and the output has a scale of its own.
struct Add {
  Id left = 0, right = 0, output = 0;
  Clamp clamp = Clamp::none;
};
/// left times right: equal shapes, or left {height, width, channels} and right {channels} or {1, 1, channels}, one
/// factor for each channel. Each input and the output has a scale of its own.
struct Mul {
  Id left = 0, right = 0, output = 0;
  Clamp clamp = Clamp::none;
};
/// Padding never counts; input and output share one encoding.
struct AveragePool2d {
  Id input = 0, output = 0;
  Window window;
  Clamp clamp = Clamp::none;
};
struct MaxPool2d {
  Id input = 0, output = 0;
  Window window;
  Clamp clamp = Clamp::none;
};
/// Over height and width: {h, w, c} -> {c}; may rescale.
struct Mean {
  Id input = 0, output = 0;
};
/// Over the last axis; output scale 1/256, zero_point -128.
struct Softmax {
  Id input = 0, output = 0;
  float beta = 1;
};
/// 1 / (1 + exp(-x)); output scale 1/256, zero_point -128.
struct Logistic {
  Id input = 0, output = 0;
};
/// x * min(max(x + 3, 0), 6) / 6; may rescale.
struct HardSwish {
  Id input = 0, output = 0;
};
/// Same bytes, another shape.
struct Reshape {
  Id input = 0, output = 0;
};
/// Along the channels; all share one encoding.
struct Concatenate {
  std::vector<Id> inputs;
  Id output = 0;
};
/// Height and width; one encoding. With the zero point, or with the lowest code, -128, which a maximum never prefers.
struct Pad {
  Id input = 0, output = 0;
  std::int32_t top = 0, bottom = 0, left = 0, right = 0;
  bool lowest = false;
};
/// Another scale and zero point, same values.
struct Requantize {
  Id input = 0, output = 0;
};

using Instruction = std::variant<Conv2d, DepthwiseConv2d, FullyConnected, Add, Mul, AveragePool2d, MaxPool2d, Mean,
                                 Softmax, Logistic, HardSwish, Reshape, Concatenate, Pad, Requantize>;

/// Whose arithmetic (see integer/arithmetic.h): TFLite Micro's and CMSIS-NN's fixed point with double rounding, or
/// ONNX Runtime's and XNNPACK's single float32 multiplication, ties to even.
enum class Arithmetic { tflm, ort_f32_even };

struct Program {
  std::string name;
  std::vector<Activation> activations;
  std::vector<Instruction>
      instructions;  ///< in the order of execution; each activation is written once, before it is read
  Id input = 0, output = 0;
  std::vector<std::string> labels;  ///< of the outputs, when the data has names for them
};

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

std::vector<Id> inputs_of(const Instruction& instruction);
Id output_of(const Instruction& instruction);
/// "CONV_2D", "DEPTHWISE_CONV_2D", … as in TFLite.
std::string_view name_of(const Instruction& instruction);
/// Multiply-accumulates of one inference (bias, pooling and additions do not count).
std::int64_t macs_of(const Program& program, const Instruction& instruction);

/// Throws Error(failed) naming the instruction unless: shapes agree, ids exist and are written before read, sizes of
/// weights, scales and biases fit, scales are positive and finite, weights stay in [-127, 127], encodings agree where
/// an instruction demands it, and the accumulator of every layer provably fits int32 (sum of |w| * 255 + |bias| <
/// 2^31).
void check(const Program& program);

}  // namespace espalier::integer
