#include "graph/operators/recurrent.h"

#include <ATen/ATen.h>
#include <ATen/core/List.h>

#include "base/text.h"
#include "exporting/torchscript/packing_impl.h"
#include "exporting/torchscript/recurrent_impl.h"

namespace espalier::exporting::torchscript {
namespace {

using graph::Recurrence;

const char* truth(bool value) { return value ? "True" : "False"; }

/// [steps, N, features], channels outermost.
std::string steps_of(const Recurrence& r, const std::string& x) {
  return concat("torch.flatten(torch.permute(", x, ", ", r.down ? "[2, 0, 1, 3]" : "[3, 0, 1, 2]", "), 2)");
}

std::string zeros_of(const Recurrence& r, const std::string& x) {
  return concat("torch.zeros([", r.directions(), ", ", x, ".size(0), ", r.hidden, "], dtype=", x, ".dtype, device=", x,
                ".device)");
}

std::string weights_of(const graph::Network& network, const graph::Node& node, const SlotExpression& parameter) {
  std::vector<std::string> all;
  for (const auto& slot : network.slots(node)) all.push_back(parameter(slot.name.c_str()));
  return concat("[", join(all, ", "), "]");
}

at::Tensor tensor_or_zeros(const graph::Network& network, const std::string& name, std::int64_t rows) {
  if (!network.weights.count(name)) return at::zeros({rows});
  const auto values = graph::masked_floats(network, name);
  return at::tensor(at::ArrayRef<float>(values));
}

}  // namespace

std::string recurrent_expression(const graph::Network& network, const graph::Node& node, const std::string& x,
                                 const SlotExpression& parameter) {
  const auto r = *graph::recurrence_of(network, node);
  const bool lstm = r.cell == Recurrence::Cell::lstm;
  const auto packed = parameter("packed");
  const bool quantized = packed != "None";
  const auto zeros = zeros_of(r, x);
  // Then: biases, layers, dropout, training, directions, whether the batch comes first.
  auto call = concat("torch.", quantized ? "quantized_" : "", lstm ? "lstm(" : "gru(", steps_of(r, x), ", ",
                     lstm ? concat("[", zeros, ", ", zeros, "]") : zeros, ", ",
                     quantized ? packed : weights_of(network, node, parameter), ", ", truth(r.bias || quantized),
                     ", 1, 0.0, False, ", truth(r.bidirectional), ", False");
  if (lstm && quantized) call += ", dtype=12, use_dynamic=True";  // 12: torch.qint8
  call += concat(")[", r.sequence ? 0 : 1, "]");
  if (!r.sequence) return concat("torch.flatten(torch.permute(", call, ", [1, 0, 2]), 1)");
  return concat("torch.unsqueeze(torch.permute(", call, ", [1, 2, 0]), ", r.down ? 3 : 2, ")");
}

c10::IValue pack_recurrent(const graph::Network& network, const graph::Node& node) {
  const auto r = *graph::recurrence_of(network, node);
  const auto rows = r.gates() * r.hidden;
  std::vector<c10::IValue> directions;
  for (const auto& prefix : r.prefixes()) {
    const auto name = [&](const char* slot) { return concat(node.name, ".", prefix, slot); };
    constexpr bool reduced_range = true;
    directions.push_back(call_operator("quantized::make_quantized_cell_params_dynamic",
                                       {pack_dynamic(network, name("input_weight"), name("input_bias")),
                                        pack_dynamic(network, name("recurrent_weight"), name("recurrent_bias")),
                                        tensor_or_zeros(network, name("input_bias"), rows),
                                        tensor_or_zeros(network, name("recurrent_bias"), rows), reduced_range}));
  }
  c10::impl::GenericList list(directions.front().type());
  for (auto& direction : directions) list.push_back(std::move(direction));
  return list;
}

}  // namespace espalier::exporting::torchscript
