#include "exporting/onnx/dynamic_reader.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.h"
#include "base/text.h"
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

/// layer = [bias +] cast(sums) * (input scale * weight scale), sums = MatMulInteger(quantized input, codes).
void compare_layer(const File& file, const graph::Network& network, const std::string& name) {
  const auto weights = graph::masked_floats(network, name + ".weight");
  const auto outputs = static_cast<std::size_t>(network.weights.at(name + ".weight").shape[0]);
  const auto inputs = weights.size() / outputs;
  std::string_view product = name;
  if (network.weights.count(name + ".bias")) {
    const auto& sum = file.made(name, "Add", 2);
    if (file.constant(sum.inputs[1], DataType::float32, outputs).reals != graph::masked_floats(network, name + ".bias"))
      throw Unreadable{"has another bias"};
    product = sum.inputs[0];
  }
  const auto& scaled = file.made(product, "Mul", 2);
  const auto& scale = file.constant(file.made(scaled.inputs[1], "Mul", 2).inputs[1], DataType::float32, outputs).reals;
  const auto& sums = file.made(file.made(scaled.inputs[0], "Cast", 1).inputs[0], "MatMulInteger", 4);
  file.made(sums.inputs[0], "DynamicQuantizeLinear", 1);
  const auto& codes = file.constant(sums.inputs[1], DataType::int8, weights.size()).wholes;
  for (std::size_t i = 0; i < inputs; ++i)
    for (std::size_t o = 0; o < outputs; ++o) {
      const float stands_for = static_cast<float>(codes[i * outputs + o]) * scale[o];
      if (!(std::abs(stands_for - weights[o * inputs + i]) <= half_a_step * scale[o]))
        throw Unreadable{
            concat("has ", stands_for, " for its weight ", o, ", ", i, ", which is ", weights[o * inputs + i])};
    }
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
      if (node.op->key != "linear") continue;
      try {
        compare_layer(file, network, node.name);
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
