// aten::lstm.input(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first) and
// aten::gru.
#include "importing/torchscript/arguments_impl.h"
#include "importing/torchscript/rules.h"

namespace espalier::importing::torchscript {
namespace {

using torch::jit::Node;
using torch::jit::Value;

/// The tensors of a list, or of one tensor, where all are constant.
std::vector<at::Tensor> constants_of(const Value* value, const char* what) {
  std::vector<at::Tensor> all;
  const auto take = [&](const c10::IValue& constant) {
    if (constant.isTensor()) return all.push_back(constant.toTensor());
    if (!constant.isTensorList()) throw Unreadable{concat(what, " are no tensors")};
    for (const auto& tensor : constant.toTensorVector()) all.push_back(tensor);
  };
  if (value->node()->kind() == c10::prim::ListConstruct) {
    for (const auto* member : value->node()->inputs()) {
      const auto constant = torch::jit::toIValue(member);
      if (!constant) throw Unreadable{concat(what, " are computed while the network runs")};
      take(*constant);
    }
    return all;
  }
  const auto constant = torch::jit::toIValue(value);
  if (!constant) throw Unreadable{concat(what, " are computed while the network runs")};
  take(*constant);
  return all;
}

void expect_zero_states(const Node* node) {
  for (const auto& state : constants_of(node->input(1), "the first states"))
    if (state.ne(0).any().item<bool>()) throw Unreadable{"starts from states that are not zero"};
}

}  // namespace

bool is_recurrent(const Node* node) {
  const std::string kind = node->kind().toQualString();
  return (kind == "aten::lstm" || kind == "aten::gru") && node->inputs().size() == 9 &&
         node->input(1)->type()->kind() != c10::TypeKind::NoneType &&
         node->input(3)->type()->kind() == c10::TypeKind::BoolType;
}

std::int64_t recurrent_layers(const Node* node) {
  const auto layers = Arguments(node).whole(4);
  if (layers < 1 || layers > 64) throw Unreadable{concat(layers, " layers")};
  return layers;
}

Recurrence recurrence(const Node* node, std::int64_t layer, bool last, const Shape& input) {
  const Arguments a(node);
  expect_zero_states(node);
  const auto params = constants_of(node->input(2), "weights");
  const bool bias = a.flag(3), both = a.flag(7);
  const std::size_t each = bias ? 4 : 2, directions = both ? 2 : 1;
  if (params.size() != each * directions * static_cast<std::size_t>(recurrent_layers(node)))
    throw Unreadable{concat(params.size(), " weights; projections (proj_size) have no operator here")};
  Recurrence op;
  op.gru = node->kind() == c10::Symbol::fromQualString("aten::gru");
  op.last = last;
  op.node = concat(node->output(0)->debugName(), ".", layer);
  for (std::size_t d = 0; d < directions; ++d) {
    const auto* first = &params[(static_cast<std::size_t>(layer) * directions + d) * each];
    Recurrence::Direction direction{tensor_of(first[0]), tensor_of(first[1]), {}, {}};
    if (bias) direction.input_bias = tensor_of(first[2]), direction.recurrent_bias = tensor_of(first[3]);
    const auto gates = op.gru ? 3 : 4;
    const auto &w = direction.input_weight.shape, &u = direction.recurrent_weight.shape;
    if (w.size() != 2 || u.size() != 2 || w[0] != gates * u[1] || u[0] != w[0] || u[1] < 1)
      throw Unreadable{"weights whose extents do not fit together"};
    op.directions.push_back(std::move(direction));
  }
  if (input.size() != 3 || input[2] != op.features())
    throw Unreadable{concat("weights for ", op.features(), " features do not take ", graph::text_of(input))};
  const bool batch_first = a.flag(8);
  if (input[batch_first ? 0 : 1] != 1)
    throw Unreadable{
        concat("reads ", graph::text_of(input), "; the batch is the ", batch_first ? "first" : "second", " axis here")};
  const auto states = static_cast<std::int64_t>(directions) * op.hidden();
  if (last)
    op.shape = {static_cast<std::int64_t>(directions), 1, op.hidden()};
  else
    op.shape = {input[0], input[1], states};
  return op;
}

}  // namespace espalier::importing::torchscript
