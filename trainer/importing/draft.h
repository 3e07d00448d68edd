// A network as a foreign file tells it: few plain operators, in the file's order, before it becomes a graph::Network.
// Readers (onnx, torchscript) write drafts; passes rewrite them; network_of() turns what is left into our operators.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "graph/network.h"
#include "graph/tensor.h"

namespace espalier::importing {

using graph::Shape;
using graph::Tensor;
using Numbers = std::vector<std::int64_t>;

// Of all windows: one number for each axis after the channels, so that signals (one axis) and images (two) share them.

/// weight [out, in / groups, kernel...], bias [out].
struct Convolution {
  Tensor weight;
  std::optional<Tensor> bias;
  Numbers stride, before, after, dilation;
  std::int64_t groups = 1;
};
/// weight [out, in], bias [out]; on the last axis.
struct FullyConnected {
  Tensor weight;
  std::optional<Tensor> bias;
};
struct BatchNormalization {
  Tensor gamma, beta, mean, variance;
  double epsilon = 1e-5;
};
/// min(max(x, low), high).
struct Clamp {
  double low = 0, high = 0;
};
/// 1 / (1 + exp(-x)).
struct Sigmoid {};
/// min(max(x / 6 + 1/2, 0), 1).
struct HardSigmoid {};
/// x * min(max(x + 3, 0), 6) / 6.
struct HardSwish {};
/// x * sigmoid(x): "SiLU", "swish".
struct Silu {};
struct Pool {
  bool maximum = false;
  Numbers kernel, stride, before, after;
  bool ceil = false;           ///< a window that begins inside and ends outside counts
  bool count_padding = false;  ///< of an average: padding counts as zeros
};
/// `axes` with the batch as axis 0.
struct Mean {
  Numbers axes;
  bool keep = false;
};
/// `sizes` with the batch first; -1: what is left, 0: as the input.
struct Reshape {
  Numbers sizes;
};
/// Axis i of the output is axis order[i] of the input.
struct Permute {
  Numbers order;
};
/// One number for each axis, batch first.
struct Pad {
  Numbers before, after;
  double value = 0;
};
struct Sum {};
/// Elementwise; an axis of extent 1 is repeated.
struct Product {};
/// factor * x + offset.
struct Affine {
  double factor = 1, offset = 0;
};
/// The first input divided by the second.
struct Quotient {};
/// As many ones as its input has elements.
struct Ones {};
struct Concatenate {
  std::int64_t axis = 1;
};
struct DropoutNoise {
  double p = 0;
};
struct Softmax {};
/// Nothing happens to the values.
struct Identity {};

/// What is left of `axis`: from `begin` on, `count` of it; or the one place `begin`, and the axis is gone.
struct Part {
  std::int64_t axis = 0, begin = 0, count = 1;
  bool keep = true;
};
/// An LSTM or GRU over time from zero states, with PyTorch's order of gates (graph/operators/recurrent.h). As files
/// have it, it reads [time, 1, features] or [1, time, features], and its output, of any shape, lists all states by
/// time, direction and unit, or the last ones by direction and unit. Once `placed` it reads an image or a signal whose
/// time runs down or along it, and gives [1, states], or an image or a signal.
struct Recurrence {
  struct Direction {
    Tensor input_weight, recurrent_weight;
    std::optional<Tensor> input_bias, recurrent_bias;
  };
  bool gru = false;
  std::vector<Direction> directions;  ///< one, or two: the second reads backwards
  bool last = false;
  Shape shape;       ///< of the output
  std::string node;  ///< in the file: two steps of one node share their weights
  bool placed = false, down = false;

  std::int64_t hidden() const { return directions.front().recurrent_weight.shape[1]; }
  std::int64_t features() const { return directions.front().input_weight.shape[1]; }
};

using Operation = std::variant<Convolution, FullyConnected, BatchNormalization, Clamp, Sigmoid, HardSigmoid, HardSwish,
                               Silu, Pool, Mean, Reshape, Permute, Pad, Sum, Product, Affine, Quotient, Ones,
                               Concatenate, DropoutNoise, Softmax, Identity, Part, Recurrence>;
/// "convolution", as messages say it.
const char* name_of(const Operation& operation);

struct Step {
  std::string output;  ///< the value that it makes, unique in the draft
  Operation operation;
  std::vector<std::string> inputs;
  std::string name;   ///< what the file calls the layer ("layer1.0.conv1"); may be empty
  std::string place;  ///< where messages point: the node in the file, or the source line that the file records
  Shape shape = {};   ///< of the output with the batch axis, which is 1; set by infer_shapes
};

struct Draft {
  std::string name;
  std::string input, output;  ///< values
  Shape input_shape;          ///< with the batch axis
  std::vector<Step> steps;    ///< in topological order

  const Step* maker(const std::string& value) const;  ///< null: the input, or nobody
  std::vector<const Step*> readers(const std::string& value) const;
  const Shape& shape_of(const std::string& value) const;  ///< throws Error(failed) when nobody makes it
};

/// Why an operation does not take its inputs.
struct Misfit {
  std::string text;
};
/// Of an activation: more than any that fits a small device.
constexpr std::int64_t most_elements = std::int64_t{1} << 31;
/// Of the operation's output, of at most most_elements; throws Misfit.
Shape output_shape(const Operation& operation, const std::vector<Shape>& inputs);

/// Sets every step's shape; adds a Problem for each step that does not fit its inputs, and stops there.
void infer_shapes(Draft& draft, std::vector<Problem>& problems);

}  // namespace espalier::importing
