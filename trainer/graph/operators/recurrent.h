// What LSTM and GRU share: how a sequence lies in an activation, attributes, shape, cost, weights.
//
// Activations are {channels, height, width} here, and a sequence is one of them: time runs down its height (audio
// features {1, frames, coefficients}, windows of series {channels, samples, 1}) or along its width (imported signals
// {channels, 1, samples}). What lies beside time is a step's features, channels outermost: of {channels, frames, bands}
// behind a convolution, channels * bands of them.
#pragma once
#include <optional>
#include <string>

#include "graph/network.h"

namespace espalier::graph {

/// One layer in one or both directions, from zero states, as PyTorch's nn.LSTM and nn.GRU compute it: gates in the
/// order i, f, g, o and r, z, n; a GRU's reset gate is applied after the recurrent product.
///
/// Weights of a direction ("reverse_" before the second's), rows by gate: input_weight [gates * hidden, features],
/// recurrent_weight [gates * hidden, hidden], input_bias and recurrent_bias [gates * hidden].
struct Recurrence {
  enum class Cell { lstm, gru } cell = Cell::lstm;
  std::int64_t hidden = 1;
  bool bidirectional = false;
  bool sequence = false;  ///< every step's state, else each direction's last
  bool bias = true;
  bool down = true;  ///< time runs down the height, else along the width
  std::int64_t steps = 1, features = 1;

  std::int64_t gates() const { return cell == Cell::lstm ? 4 : 3; }
  std::int64_t directions() const { return bidirectional ? 2 : 1; }
  /// "" and "reverse_".
  std::vector<std::string> prefixes() const;
};

/// Of an lstm or gru that reads `input`; none of another operator. Throws Error(mistake) with the node's origin where
/// the input is no image.
std::optional<Recurrence> recurrence_of(const Node& node, const Shape& input);
std::optional<Recurrence> recurrence_of(const Network& network, const Node& node);

/// Keys of both operators.
template <class Attributes>
void describe_recurrent(schema::Describe<Attributes>& d) {
  d.key("hidden", &Attributes::hidden, "size of the state").range(1, 4096).must();
  d.key("bidirectional", &Attributes::bidirectional, "reads the sequence backwards too: twice the outputs");
  d.key("output", &Attributes::output, "the last state, or every step's in an image of the same time axis")
      .one_of({"last", "sequence"});
  d.key("time", &Attributes::time, "axis of the input along which time runs; auto: the width where the height is 1")
      .one_of({"auto", "height", "width"});
  d.key("bias", &Attributes::bias, "adds biases");
}

/// All but the attributes; `macs`, `slots` and `shape` go through recurrence_of.
void complete_recurrent(Operator& op);

}  // namespace espalier::graph
