// LSTM: X, W, R, B, sequence_lens, initial_h, initial_c, P; GRU without the last two. Source: onnx/docs/Operators.md.
#include <algorithm>

#include "base/text.h"
#include "importing/onnx/rules.h"

namespace espalier::importing::onnx {
namespace {

/// A direction's rows, from ONNX's order of gates (i, o, f, c; z, r, h) to PyTorch's (i, f, g, o; r, z, n).
Tensor gates_of(const Tensor& all, std::int64_t begin, std::int64_t hidden, std::int64_t columns, bool gru) {
  static const std::vector<std::int64_t> lstm_order = {0, 2, 3, 1}, gru_order = {1, 0, 2};
  const auto& order = gru ? gru_order : lstm_order;
  const auto gates = static_cast<std::int64_t>(order.size());
  Tensor made(graph::Type::float32, columns > 0 ? Shape{gates * hidden, columns} : Shape{gates * hidden});
  const auto each = hidden * std::max<std::int64_t>(columns, 1);
  const auto from = all.floats();
  auto to = made.floats().begin();
  for (const auto gate : order) to = std::copy_n(from.begin() + begin + gate * each, each, to);
  return made;
}

void expect_nothing(const Arguments& a, std::size_t i, const char* what) {
  if (!a.given(i)) return;
  const auto tensor = a.tensor(i);
  if (std::ranges::any_of(tensor.floats(), [](float value) { return value != 0; }))
    throw Unreadable{concat(what, " is not zero")};
}

void check(const Arguments& a, bool gru) {
  if (const auto direction = a.text("direction", "forward"); direction == "reverse")
    throw Unreadable{"direction reverse; forward and bidirectional have an operator here"};
  if (a.whole("layout", 0) != 0) throw Unreadable{"layout 1; time comes first"};
  if (a.real("clip", 0) != 0) throw Unreadable{"a clip of its gates has no operator here"};
  if (!gru && a.whole("input_forget", 0)) throw Unreadable{"input_forget has no operator here"};
  if (gru && !a.whole("linear_before_reset", 0))
    throw Unreadable{"linear_before_reset 0; PyTorch's GRU, with 1, has an operator here"};
  if (a.given(4)) {
    const auto& in = a.shape(0);
    for (const auto length : a.numbers(4))
      if (in.empty() || length != in[0]) throw Unreadable{"sequence_lens shorter than the sequence"};
  }
  expect_nothing(a, 5, "initial_h");
  if (!gru) expect_nothing(a, 6, "initial_c");
  if (!gru) expect_nothing(a, 7, "P, the peepholes,");
}

}  // namespace

bool is_recurrent(std::string_view op_type) { return op_type == "LSTM" || op_type == "GRU"; }

Recurrence recurrence(const Arguments& a, bool last) {
  Recurrence op;
  op.gru = a.node().op_type == "GRU";
  op.last = last;
  check(a, op.gru);
  const std::int64_t gates = op.gru ? 3 : 4, directions = a.text("direction", "forward") == "bidirectional" ? 2 : 1;
  const auto& in = a.shape(0);
  const auto w = a.tensor(1, 3), u = a.tensor(2, 3);
  const auto hidden = u.shape[2], rows = gates * hidden, features = w.shape[2];
  if (in.size() != 3 || in[1] != 1 || in[2] != features || hidden < 1)
    throw Unreadable{concat("weights for ", features, " features do not take ", graph::text_of(in),
                            ", which is time, batch, features")};
  if (w.shape[0] != directions || u.shape[0] != directions || w.shape[1] != rows || u.shape[1] != rows ||
      a.whole("hidden_size", hidden) != hidden)
    throw Unreadable{"weights whose extents do not fit together"};
  const bool bias = a.given(3);
  const auto b = bias ? a.tensor(3, 2) : Tensor();
  if (bias && b.shape != Shape{directions, 2 * rows}) throw Unreadable{"biases whose extents do not fit the weights"};
  for (std::int64_t d = 0; d < directions; ++d) {
    Recurrence::Direction direction{gates_of(w, d * rows * features, hidden, features, op.gru),
                                    gates_of(u, d * rows * hidden, hidden, hidden, op.gru),
                                    {},
                                    {}};
    if (bias) {
      direction.input_bias = gates_of(b, d * 2 * rows, hidden, 0, op.gru);
      direction.recurrent_bias = gates_of(b, (d * 2 + 1) * rows, hidden, 0, op.gru);
    }
    op.directions.push_back(std::move(direction));
  }
  op.node = std::string(a.node().outputs.empty() ? "" : a.node().title());
  op.shape = last ? Shape{directions, 1, hidden} : Shape{in[0], directions, 1, hidden};
  return op;
}

}  // namespace espalier::importing::onnx
