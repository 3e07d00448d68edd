#include "exporting/onnx/dynamic_reader.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.h"
#include "base/text.h"
#include "graph/operators/recurrent.h"
#include "importing/onnx/model.h"
#include "importing/onnx/tensor.h"

namespace espalier::exporting::onnx {
namespace {

using importing::onnx::Constant;
using importing::onnx::DataType;
using importing::onnx::Unreadable;

constexpr float half_a_step = 0.5001f;

/// The nodes by what they write, the constants by name.
struct File {
  std::map<std::string_view, const importing::onnx::Node*> maker;
  std::map<std::string_view, Constant> constants;

  explicit File(const importing::onnx::Model& model) {
    for (const auto& node : model.nodes)
      for (const auto output : node.outputs) maker[output] = &node;
    importing::onnx::ExternalFiles none("");
    for (const auto& initializer : model.initializers)
      constants.emplace(initializer.name, importing::onnx::decode(initializer.tensor, none));
  }
  /// The node of this kind that writes `value`.
  const importing::onnx::Node& made(std::string_view value, const char* kind, std::size_t inputs) const {
    const auto found = maker.find(value);
    if (found == maker.end() || found->second->kind() != kind || found->second->inputs.size() < inputs)
      throw Unreadable{concat("'", importing::onnx::shown(value), "' is not what ", kind, " writes")};
    return *found->second;
  }
  const Constant& constant(std::string_view name, DataType type, std::size_t count) const {
    const auto found = constants.find(name);
    if (found == constants.end() || found->second.type != type || found->second.count() != count)
      throw Unreadable{concat("'", importing::onnx::shown(name), "' is no constant of ", count, " ",
                              importing::onnx::name_of(type))};
    return found->second;
  }
};

/// Codes [inputs][outputs] of weights [outputs][inputs].
void compare_codes(std::span<const std::int64_t> codes, std::span<const float> scale, std::span<const float> weights) {
  const auto outputs = scale.size(), inputs = weights.size() / outputs;
  for (std::size_t i = 0; i < inputs; ++i)
    for (std::size_t o = 0; o < outputs; ++o) {
      const float stands_for = static_cast<float>(codes[i * outputs + o]) * scale[o];
      if (!(std::abs(stands_for - weights[o * inputs + i]) <= half_a_step * scale[o]))
        throw Unreadable{
            concat("has ", stands_for, " for its weight ", o, ", ", i, ", which is ", weights[o * inputs + i])};
    }
}

/// `value` = cast(sums) * (input scale * weight scale) [+ bias], sums = MatMulInteger(quantized input, codes).
void compare_product(const File& file, std::string_view value, const std::vector<float>& weights,
                     const std::vector<float>& bias, std::size_t outputs) {
  auto product = value;
  if (!bias.empty()) {
    const auto& sum = file.made(value, "Add", 2);
    if (file.constant(sum.inputs[1], DataType::float32, outputs).reals != bias) throw Unreadable{"has another bias"};
    product = sum.inputs[0];
  }
  const auto& scaled = file.made(product, "Mul", 2);
  const auto& scale = file.constant(file.made(scaled.inputs[1], "Mul", 2).inputs[1], DataType::float32, outputs).reals;
  const auto& sums = file.made(file.made(scaled.inputs[0], "Cast", 1).inputs[0], "MatMulInteger", 4);
  file.made(sums.inputs[0], "DynamicQuantizeLinear", 1);
  compare_codes(file.constant(sums.inputs[1], DataType::int8, weights.size()).wholes, scale, weights);
}

void compare_linear(const File& file, const graph::Network& network, const std::string& name) {
  const auto outputs = static_cast<std::size_t>(network.weights.at(name + ".weight").shape[0]);
  const bool biased = network.weights.count(name + ".bias") > 0;
  compare_product(file, name, graph::masked_floats(network, name + ".weight"),
                  biased ? graph::masked_floats(network, name + ".bias") : std::vector<float>(), outputs);
}

/// A recurrent layer's tensor, its gates in ONNX's order: i, o, f, c of i, f, c, o, and z, r, h of r, z, h. Zeros where
/// the layer has none of that name.
class Gates {
 public:
  Gates(const graph::Network& network, std::string layer, const graph::Recurrence& r)
      : network_(network), layer_(std::move(layer)), r_(r) {}
  std::vector<float> of(const std::string& slot, std::int64_t columns) const {
    static const std::map<std::int64_t, std::vector<std::int64_t>> orders = {{4, {0, 3, 1, 2}}, {3, {1, 0, 2}}};
    const auto each = static_cast<std::size_t>(r_.hidden * columns);
    std::vector<float> rows(each * static_cast<std::size_t>(r_.gates()));
    if (!network_.weights.count(concat(layer_, ".", slot))) return rows;
    const auto values = graph::masked_floats(network_, concat(layer_, ".", slot));
    for (std::size_t g = 0; g < orders.at(r_.gates()).size(); ++g)
      std::copy_n(values.begin() + orders.at(r_.gates())[g] * static_cast<std::ptrdiff_t>(each), each,
                  rows.begin() + static_cast<std::ptrdiff_t>(g * each));
    return rows;
  }

 private:
  const graph::Network& network_;
  std::string layer_;
  graph::Recurrence r_;
};

void compare_lstm(const File& file, std::string_view states, const Gates& gates, const graph::Recurrence& r) {
  const auto& node = file.made(states, "com.microsoft.DynamicQuantizeLSTM", 12);
  const auto rows = static_cast<std::size_t>(r.gates() * r.hidden), directions = r.prefixes().size();
  struct Matrix {
    const char* slot;
    std::size_t codes, scale;  ///< inputs of the node
    std::int64_t columns;
  };
  for (const auto& [slot, codes_at, scale_at, columns] :
       {Matrix{"input_weight", 1, 8, r.features}, Matrix{"recurrent_weight", 2, 10, r.hidden}}) {
    const auto each = rows * static_cast<std::size_t>(columns);
    const auto& codes = file.constant(node.inputs[codes_at], DataType::int8, directions * each).wholes;
    const auto& scale = file.constant(node.inputs[scale_at], DataType::float32, directions * rows).reals;
    for (std::size_t d = 0; d < directions; ++d)
      compare_codes(std::span(codes).subspan(d * each, each), std::span(scale).subspan(d * rows, rows),
                    gates.of(r.prefixes()[d] + slot, columns));
  }
  if (!r.bias) return;
  std::vector<float> biases;
  for (const auto& prefix : r.prefixes())
    for (const char* slot : {"input_bias", "recurrent_bias"})
      for (const auto value : gates.of(prefix + slot, 1)) biases.push_back(value);
  if (file.constant(node.inputs[3], DataType::float32, biases.size()).reals != biases)
    throw Unreadable{"has another bias"};
}

/// The steps' own graph is not read; what it multiplies lies beside it, under the layer's names.
void compare_gru(const File& file, std::string_view states, const Gates& gates, const graph::Recurrence& r,
                 const std::string& name) {
  const auto& directions = file.made(states, "Concat", r.prefixes().size());
  const auto rows = static_cast<std::size_t>(r.gates() * r.hidden);
  for (std::size_t d = 0; d < r.prefixes().size(); ++d) {
    const auto prefix = r.prefixes()[d];
    const auto& scan = file.made(file.made(directions.inputs[d], "Unsqueeze", 2).inputs[0], "Scan", 2);
    compare_product(file, scan.inputs[1], gates.of(prefix + "input_weight", r.features),
                    gates.of(prefix + "input_bias", 1), rows);
    const auto recurrent = concat(name, ".", prefix, "recurrent_");
    const auto weights = gates.of(prefix + "recurrent_weight", r.hidden);
    compare_codes(file.constant(recurrent + "weight", DataType::int8, weights.size()).wholes,
                  file.constant(recurrent + "weight_scale", DataType::float32, rows).reals, weights);
    if (file.constant(recurrent + "bias", DataType::float32, rows).reals != gates.of(prefix + "recurrent_bias", 1))
      throw Unreadable{"has another bias"};
  }
}

void compare_recurrent(const File& file, const graph::Network& network, const graph::Node& node) {
  const auto r = *graph::recurrence_of(network, node);
  const Gates gates(network, node.name, r);
  const auto states = file.made(file.made(node.name, "Reshape", 2).inputs[0], "Transpose", 1).inputs[0];
  if (r.cell == graph::Recurrence::Cell::lstm)
    compare_lstm(file, states, gates, r);
  else
    compare_gru(file, states, gates, r, node.name);
}

}  // namespace

std::vector<std::string> compare_dynamic(std::span<const std::uint8_t> bytes, const std::string& origin,
                                         const graph::Network& network) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto model = importing::onnx::parse(text, origin);
  std::vector<std::string> differences;
  try {
    const File file(model);
    for (const auto& node : network.nodes) {
      const bool recurs = node.is("lstm") || node.is("gru");
      if (!recurs && !node.is("linear")) continue;
      try {
        recurs ? compare_recurrent(file, network, node) : compare_linear(file, network, node.name);
      } catch (const Unreadable& reason) {
        differences.push_back(concat("layer '", node.name, "': ", reason.text));
      }
    }
  } catch (const Unreadable& reason) {
    mistake(origin, reason.text);
  }
  return differences;
}

}  // namespace espalier::exporting::onnx
