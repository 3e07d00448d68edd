// What each of PyTorch's operators means as a step.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "importing/draft.h"

namespace torch::jit {
struct Node;
struct Value;
}  // namespace torch::jit

namespace espalier::importing::torchscript {

/// What a node asks that no step can hold, and what to write instead.
struct Unreadable {
  std::string text;
};

/// What LibTorch knows of a value's shape, whole or not at all.
std::optional<Shape> known_shape(const torch::jit::Value* value);

/// Throws Unreadable.
using Rule = Operation (*)(const torch::jit::Node*);

/// By operator: "aten::conv2d".
const std::map<std::string, Rule>& rules();

/// One layer of aten::lstm or aten::gru, as one of its results: all states, or the last ones. `input` is the
/// shape that the layer reads. Throws Unreadable.
Recurrence recurrence(const torch::jit::Node* node, std::int64_t layer, bool last, const Shape& input);
/// How many layers the node has. Throws Unreadable where it cannot be read.
std::int64_t recurrent_layers(const torch::jit::Node* node);
bool is_recurrent(const torch::jit::Node* node);

}  // namespace espalier::importing::torchscript
