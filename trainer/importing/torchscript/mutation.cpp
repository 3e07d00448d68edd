#include "importing/torchscript/mutation.h"

#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/ir/ir.h>

#include <algorithm>
#include <set>
#include <vector>

namespace espalier::importing::torchscript {
namespace {

using torch::jit::Node;
using torch::jit::Value;

/// Made by a ListConstruct of tensors in the same block as everything that reads it, none of which gives it a second
/// name.
bool grows_in_sight(const Value* list) {
  static const std::set<c10::Symbol> harmless = {c10::aten::append, c10::aten::cat, c10::aten::stack, c10::aten::len,
                                                 c10::Symbol::fromQualString("aten::__getitem__")};
  const auto* made = list->node();
  const auto type = list->type()->cast<c10::ListType>();
  if (made->kind() != c10::prim::ListConstruct || !type) return false;
  if (!type->getElementType()->isSubtypeOf(*c10::TensorType::get())) return false;
  const auto& uses = list->uses();
  return std::all_of(uses.begin(), uses.end(), [&](const torch::jit::Use& use) {
    return use.user->owningBlock() == made->owningBlock() && harmless.count(use.user->kind()) > 0;
  });
}

/// Dropout gives its input itself where it is switched off, which its signature does not say.
Value* without_dropout(Value* value) {
  while (value->node()->kind() == c10::aten::dropout) value = value->node()->input(0);
  return value;
}

bool made_before(const Value* value, const Node* node) {
  return value->node()->kind() == c10::prim::Param || value->node()->isBefore(node);
}

}  // namespace

void replace_appends(torch::jit::Graph& graph) {
  std::vector<Node*> appends;
  for (auto* node : graph.nodes())
    if (node->kind() == c10::aten::append) appends.push_back(node);
  for (auto* append : appends) {
    auto* list = append->input(0);
    if (!grows_in_sight(list)) continue;
    auto members = list->node()->inputs().vec();
    members.push_back(append->input(1));
    auto* longer = graph.createList(c10::TensorType::get(), members)->insertBefore(append)->output();
    append->output()->replaceAllUsesWith(longer);
    list->replaceAllUsesAfterNodeWith(append, longer);
    append->destroy();
  }
}

Changes::Changes(std::shared_ptr<torch::jit::Graph> graph)
    : graph_(std::move(graph)), aliases_(std::make_unique<torch::jit::AliasDb>(graph_)) {}
Changes::~Changes() = default;

std::string Changes::objection(Node* node) const {
  const auto* schema = node->maybeSchema();
  if (!schema || !schema->is_mutable()) return "";
  auto readers = std::vector<Node*>(graph_->nodes().begin(), graph_->nodes().end());
  readers.push_back(graph_->return_node());
  for (std::size_t i = 0; i < node->inputs().size(); ++i) {
    if (!schema->is_mutable({c10::SchemaArgType::input, i})) continue;
    if (node->input(i)->type()->kind() == c10::TypeKind::ListType) return "changes a list";
    auto* changed = without_dropout(node->input(i));
    for (auto* reader : readers)
      for (auto* read : reader->inputs())
        if (reader->isAfter(node) && made_before(read, node) &&
            aliases_->mayContainAlias(without_dropout(read), changed))
          return "changes a value that is read again later";
  }
  return "";
}

}  // namespace espalier::importing::torchscript
