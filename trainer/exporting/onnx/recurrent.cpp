// Sources: onnx/docs/Operators.md of ONNX 1.23 (LSTM, GRU, Scan), docs/ContribOperators.md of ONNX Runtime 1.32
// (DynamicQuantizeLSTM).
#include "graph/operators/recurrent.h"

#include <numeric>

#include "base/text.h"
#include "exporting/onnx/recurrent_impl.h"

namespace espalier::exporting::onnx {
namespace {

using graph::Recurrence;
using Numbers = std::vector<std::int64_t>;

/// Where ONNX's gate stands among PyTorch's.
const std::vector<std::int64_t>& gate_order(const Recurrence& r) {
  static const std::vector<std::int64_t> lstm = {0, 3, 1, 2}, gru = {1, 0, 2};
  return r.cell == Recurrence::Cell::lstm ? lstm : gru;
}

/// The tensor's rows, gate by gate in ONNX's order; zeros where the layer has no such tensor.
std::vector<float> rows_of(const Layer& layer, const Recurrence& r, const std::string& slot, std::int64_t columns) {
  const auto name = concat(layer.node.name, ".", slot);
  const auto each = static_cast<std::size_t>(r.hidden * columns);
  if (!layer.network.weights.count(name)) return std::vector<float>(each * static_cast<std::size_t>(r.gates()), 0.0f);
  const auto values = graph::masked_floats(layer.network, name);
  std::vector<float> rows;
  for (const auto gate : gate_order(r)) {
    const auto from = values.begin() + gate * static_cast<std::ptrdiff_t>(each);
    rows.insert(rows.end(), from, from + static_cast<std::ptrdiff_t>(each));
  }
  return rows;
}

void append(std::vector<float>& all, const std::vector<float>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

/// [steps, N, features] of the layer's input; returns its name.
std::string steps_of(const Layer& layer, const Recurrence& r) {
  auto& graph = layer.graph;
  const auto turned = inner(layer, "time_first"), steps = inner(layer, "steps");
  graph.node("Transpose", turned, layer.in(), {{"perm", r.down ? Numbers{2, 0, 1, 3} : Numbers{3, 0, 1, 2}}});
  graph.node("Reshape", steps, {turned, graph.initializer(inner(layer, "steps_shape"), Numbers{0, 0, r.features})});
  return steps;
}

/// From [steps, directions, N, hidden] or [directions, N, hidden] to the layer's own output.
void write_output(const Layer& layer, const Recurrence& r, const std::string& states) {
  auto& graph = layer.graph;
  const auto turned = inner(layer, "batch_first");
  const auto states_count = r.directions() * r.hidden;
  graph.node("Transpose", turned, {states}, {{"perm", r.sequence ? Numbers{2, 1, 3, 0} : Numbers{1, 0, 2}}});
  const auto shape = !r.sequence ? Numbers{0, states_count}
                     : r.down    ? Numbers{0, states_count, r.steps, 1}
                                 : Numbers{0, states_count, 1, r.steps};
  layer.add("Reshape", {turned, graph.initializer(inner(layer, "output_shape"), shape)});
}

std::vector<Attribute> attributes_of(const Recurrence& r) {
  std::vector<Attribute> all = {{"hidden_size", r.hidden}};
  if (r.bidirectional) all.push_back({"direction", std::string("bidirectional")});
  if (r.cell == Recurrence::Cell::gru) all.push_back({"linear_before_reset", std::int64_t{1}});
  return all;
}

/// Both outputs' names, "" for the one that is not wanted.
std::vector<std::string> outputs_of(const Layer& layer, const Recurrence& r) {
  return {r.sequence ? inner(layer, "states") : "", r.sequence ? "" : inner(layer, "states")};
}

/// [directions, 2 * gates * hidden]: the input's biases, then the recurrent ones.
std::string biases_of(const Layer& layer, const Recurrence& r) {
  if (!r.bias) return "";
  std::vector<float> all;
  for (const auto& prefix : r.prefixes())
    for (const char* slot : {"input_bias", "recurrent_bias"}) append(all, rows_of(layer, r, prefix + slot, 1));
  return layer.graph.initializer(concat(layer.node.name, ".biases"), {r.directions(), 2 * r.gates() * r.hidden}, all);
}

std::string stacked(const Layer& layer, const Recurrence& r, const char* slot, std::int64_t columns) {
  std::vector<float> all;
  for (const auto& prefix : r.prefixes()) append(all, rows_of(layer, r, prefix + slot, columns));
  return layer.graph.initializer(concat(layer.node.name, ".", slot), {r.directions(), r.gates() * r.hidden, columns},
                                 all);
}

}  // namespace

void recurrent(const Layer& layer) {
  const auto r = *graph::recurrence_of(layer.network, layer.node);
  std::vector<std::string> inputs = {steps_of(layer, r), stacked(layer, r, "input_weight", r.features),
                                     stacked(layer, r, "recurrent_weight", r.hidden)};
  if (r.bias) inputs.push_back(biases_of(layer, r));
  const bool lstm = r.cell == Recurrence::Cell::lstm;
  layer.graph.node(lstm ? "LSTM" : "GRU", inner(layer, lstm ? "lstm" : "gru"), inputs, attributes_of(r),
                   outputs_of(layer, r));
  write_output(layer, r, inner(layer, "states"));
}

namespace {

/// Codes, scales and zero points of both directions, as DynamicQuantizeLSTM stacks them; [1] is the scale.
std::array<std::string, 3> stacked_codes(const Layer& layer, const Recurrence& r, const char* slot,
                                         std::int64_t columns) {
  const auto rows = r.gates() * r.hidden;
  std::vector<std::int8_t> codes;
  std::vector<float> scale;
  for (const auto& prefix : r.prefixes()) {
    const auto made = codes_of(rows_of(layer, r, prefix + slot, columns), rows);
    codes.insert(codes.end(), made.codes.begin(), made.codes.end());
    append(scale, made.scale);
  }
  auto& graph = layer.graph;
  const auto name = concat(layer.node.name, ".", slot);
  return {graph.initializer(name, {r.directions(), columns, rows}, codes),
          graph.initializer(name + "_scale", {r.directions(), rows}, scale),
          graph.initializer(name + "_zero_point", {r.directions(), rows},
                            std::vector<std::int8_t>(scale.size(), std::int8_t{0}))};
}

}  // namespace

void dynamic_lstm(const Layer& layer) {
  const auto r = *graph::recurrence_of(layer.network, layer.node);
  const auto steps = steps_of(layer, r), biases = biases_of(layer, r);
  const auto input = stacked_codes(layer, r, "input_weight", r.features),
             state = stacked_codes(layer, r, "recurrent_weight", r.hidden);
  // Then sequence lengths, initial states and peepholes, which are absent.
  const std::vector<std::string> inputs = {steps, input[0], state[0], biases,   "",       "",
                                           "",    "",       input[1], input[2], state[1], state[2]};
  layer.graph.node("DynamicQuantizeLSTM", inner(layer, "lstm"), inputs, attributes_of(r), outputs_of(layer, r),
                   onnxruntime_domain);
  write_output(layer, r, inner(layer, "states"));
}

namespace {

/// Weights of one direction, in the file's graph; its steps see them from inside.
struct Matrix {
  std::string codes, zero_point, scale, bias;
};

Matrix matrix_of(const Layer& layer, const Recurrence& r, const std::string& slot, std::int64_t columns) {
  const auto rows = r.gates() * r.hidden;
  const auto made = codes_of(rows_of(layer, r, slot + "_weight", columns), rows);
  const auto name = concat(layer.node.name, ".", slot);
  auto& graph = layer.graph;
  return {graph.initializer(name + "_weight", made.shape, made.codes),
          graph.initializer(name + "_weight_zero_point", {}, std::vector<std::int8_t>{0}),
          graph.initializer(name + "_weight_scale", {rows}, made.scale),
          graph.initializer(name + "_bias", {rows}, rows_of(layer, r, slot + "_bias", 1))};
}

/// x W + b by integers; values are named after `name`, which is the result.
void multiply(GraphBuilder& graph, const std::string& x, const Matrix& by, const std::string& name) {
  const auto part = [&](const char* what) { return concat(name, "_", what); };
  graph.node("DynamicQuantizeLinear", part("quantized"), {x}, {}, {part("codes"), part("scale"), part("zero_point")});
  graph.node("MatMulInteger", part("sums"), {part("codes"), by.codes, part("zero_point"), by.zero_point});
  graph.node("Cast", part("steps"), {part("sums")}, {{"to", std::int64_t{1}}});
  graph.node("Mul", part("factor"), {part("scale"), by.scale});
  graph.node("Mul", part("product"), {part("steps"), part("factor")});
  graph.node("Add", name, {part("product"), by.bias});
}

/// One step: from the state [N, hidden] and what the input brings, [N, 3 * hidden], to the next state.
Subgraph gru_step(const Layer& layer, const Recurrence& r, const Matrix& recurrent, const std::string& prefix) {
  GraphBuilder step;
  const auto at = [&](const char* what) { return inner(layer, concat(prefix, "step/", what)); };
  multiply(step, at("state"), recurrent, at("recurrent"));
  // Three parts of equal size along the last axis.
  step.node("Split", at("from_input"), {at("input")}, {{"axis", std::int64_t{1}}},
            {at("input_z"), at("input_r"), at("input_n")});
  step.node("Split", at("from_state"), {at("recurrent")}, {{"axis", std::int64_t{1}}},
            {at("state_z"), at("state_r"), at("state_n")});
  for (const char* gate : {"z", "r"}) {
    const auto of = [&](const char* what) { return concat(at(what), gate); };
    step.node("Add", of("sum_"), {of("input_"), of("state_")});
    step.node("Sigmoid", at(gate), {of("sum_")});
  }
  step.node("Mul", at("reset"), {at("r"), at("state_n")});
  step.node("Add", at("sum_n"), {at("input_n"), at("reset")});
  step.node("Tanh", at("n"), {at("sum_n")});
  step.node("Sub", at("change"), {at("state"), at("n")});
  step.node("Mul", at("kept"), {at("z"), at("change")});
  step.node("Add", at("next"), {at("n"), at("kept")});
  step.node("Identity", at("seen"), {at("next")});
  return {step.finish(concat(prefix, "step"), {{at("state"), {r.hidden}}, {at("input"), {3 * r.hidden}}},
                      {{at("next"), {r.hidden}}, {at("seen"), {r.hidden}}})};
}

}  // namespace

void dynamic_gru(const Layer& layer) {
  const auto r = *graph::recurrence_of(layer.network, layer.node);
  auto& graph = layer.graph;
  const auto steps = steps_of(layer, r);
  // Zeros [N, hidden]: N is known only when the file runs.
  graph.node("Shape", inner(layer, "batch"), {steps}, {{"start", std::int64_t{1}}, {"end", std::int64_t{2}}});
  graph.node("Concat", inner(layer, "state_shape"),
             {inner(layer, "batch"), graph.initializer(inner(layer, "hidden"), Numbers{r.hidden})},
             {{"axis", std::int64_t{0}}});
  graph.node("ConstantOfShape", inner(layer, "zeros"), {inner(layer, "state_shape")});
  const auto axis = graph.initializer(inner(layer, "direction_axis"), Numbers{r.sequence ? 1 : 0});
  std::vector<std::string> directions;
  for (const auto& prefix : r.prefixes()) {
    const auto input = matrix_of(layer, r, prefix + "input", r.features),
               state = matrix_of(layer, r, prefix + "recurrent", r.hidden);
    const auto at = [&](const char* what) { return inner(layer, prefix + what); };
    const std::int64_t backwards = prefix.empty() ? 0 : 1;
    multiply(graph, steps, input, at("input"));
    graph.node("Scan", at("scan"), {inner(layer, "zeros"), at("input")},
               {{"body", gru_step(layer, r, state, prefix)},
                {"num_scan_inputs", std::int64_t{1}},
                {"scan_input_directions", Numbers{backwards}},
                {"scan_output_directions", Numbers{backwards}}},
               {at("last"), at("all")});
    graph.node("Unsqueeze", at("direction"), {at(r.sequence ? "all" : "last"), axis});
    directions.push_back(at("direction"));
  }
  graph.node("Concat", inner(layer, "states"), directions, {{"axis", std::int64_t{r.sequence ? 1 : 0}}});
  write_output(layer, r, inner(layer, "states"));
}

}  // namespace espalier::exporting::onnx
