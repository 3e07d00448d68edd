#include "exporting/tflite/operator_context.h"

#include <cstring>

#include "base/text.h"

namespace espalier::exporting::tflite {
namespace {

/// How the writer marks activations that exist only because TFLite cannot pad a window by itself.
constexpr std::string_view padded_mark = "::padded";

integer::Activation as_activation(const FlatbufferFile& file, const StoredTensor& tensor) {
  if (tensor.type != ElementType::int8) file.damaged(concat("activation '", tensor.name, "' is not int8"));
  if (tensor.scales.size() != 1)
    file.damaged(concat("activation '", tensor.name, "' has ", tensor.scales.size(), " scales"));
  if (tensor.shape.size() < 2 || tensor.shape.size() > 4 || tensor.shape.front() != 1)
    file.damaged(concat("activation '", tensor.name, "' has the shape {", join(tensor.shape, ", "),
                        "}; {1, features} or {1, height, width, channels} is supported"));
  const auto zero_point = tensor.zero_points.front();
  if (zero_point < -128 || zero_point > 127)
    file.damaged(concat("activation '", tensor.name, "' has the zero point ", zero_point));
  return {tensor.name,
          {tensor.shape.begin() + 1, tensor.shape.end()},
          tensor.scales.front(),
          static_cast<std::int32_t>(zero_point)};
}

}  // namespace

OperatorContext::OperatorContext(const FlatbufferFile& file, const StoredGraph& graph) : file_(file), graph_(graph) {
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(graph.tensors.size()); ++i) {
    const auto& tensor = graph.tensors[static_cast<std::size_t>(i)];
    if (tensor.is_constant() || is_padded_copy(i)) continue;
    ids_[i] = static_cast<integer::Id>(activations_.size());
    activations_.push_back(as_activation(file, tensor));
  }
}

void OperatorContext::refuse(const std::string& what) const { file_.damaged(concat(place_, ": ", what)); }

bool OperatorContext::is_padded_copy(std::int32_t tensor) const {
  const auto& stored = graph_.tensors[static_cast<std::size_t>(tensor)];
  return !stored.is_constant() && ends_with(stored.name, padded_mark);
}

bool OperatorContext::has_input(const StoredOperator& stored, std::size_t position) const {
  return position < stored.inputs.size() && stored.inputs[position] >= 0;
}

std::int32_t OperatorContext::input(const StoredOperator& stored, std::size_t position) const {
  if (!has_input(stored, position)) refuse(concat("input ", position, " is missing"));
  return stored.inputs[position];
}

const StoredTensor& OperatorContext::constant(const StoredOperator& stored, std::size_t position,
                                              ElementType type) const {
  const auto& tensor = graph_.tensors[static_cast<std::size_t>(input(stored, position))];
  if (!tensor.is_constant()) refuse(concat("tensor '", tensor.name, "' has no data; a constant is needed"));
  if (tensor.type != type)
    refuse(concat("tensor '", tensor.name, "' has the element type ", static_cast<int>(tensor.type)));
  return tensor;
}

std::vector<std::int32_t> OperatorContext::integers(const StoredOperator& stored, std::size_t position) const {
  const auto& tensor = constant(stored, position, ElementType::int32);
  file_.spend(static_cast<std::int64_t>(tensor.data.size()));
  std::vector<std::int32_t> values(tensor.data.size() / sizeof(std::int32_t));
  std::memcpy(values.data(), tensor.data.data(), tensor.data.size());
  return values;
}

const Table& OperatorContext::options(const StoredOperator& stored) const {
  if (!stored.options) refuse("it has no options");
  return *stored.options;
}

integer::Id OperatorContext::activation(std::int32_t tensor) const {
  const auto found = ids_.find(tensor);
  if (found == ids_.end())
    refuse(concat("tensor '", graph_.tensors[static_cast<std::size_t>(tensor)].name, "' cannot be used here"));
  return found->second;
}

bool OperatorContext::is_folded_pad(const StoredOperator& stored) const {
  return stored.code == Code::pad && is_padded_copy(stored.outputs.front());
}

Margins OperatorContext::margins(const StoredOperator& stored) const {
  const auto amounts = integers(stored, 1);
  if (amounts.size() != 8) refuse("only images can be padded");
  for (const auto amount : amounts)
    if (amount < 0 || amount > 65535) refuse(concat("it pads by ", amount));
  if (amounts[0] != 0 || amounts[1] != 0 || amounts[6] != 0 || amounts[7] != 0)
    refuse("it pads the batch or the channels");
  return {amounts[2], amounts[3], amounts[4], amounts[5]};
}

void OperatorContext::fold(const StoredOperator& stored) {
  const auto source = input(stored, 0);
  const auto& before = at(activation(source));
  const auto& grown = graph_.tensors[static_cast<std::size_t>(stored.outputs.front())];
  const auto after = as_activation(file_, grown);
  const auto added = margins(stored);
  auto expected = before.shape;
  if (expected.size() != 3) refuse("only images can be padded");
  expected[0] += added[0] + added[1];
  expected[1] += added[2] + added[3];
  if (after.shape != expected) refuse(concat("tensor '", grown.name, "' has not the shape that the padding gives"));
  if (after.scale != before.scale || after.zero_point != before.zero_point) refuse("it changes the encoding");
  if (!folded_.try_emplace(stored.outputs.front(), Folded{source, added}).second)
    refuse(concat("tensor '", grown.name, "' is written twice"));
}

WindowSource OperatorContext::window_source(const StoredOperator& stored) {
  const auto tensor = input(stored, 0);
  const auto found = folded_.find(tensor);
  WindowSource source;
  if (found == folded_.end()) {
    source.id = activation(tensor);
  } else {
    if (found->second.used) refuse("its padded input is read twice");
    found->second.used = true;
    source = {activation(found->second.source), {}, true, found->second.margins};
  }
  source.shape = at(source.id).shape;
  if (source.shape.size() != 3) refuse("its input is not an image");
  return source;
}

void OperatorContext::finish() const {
  for (const auto& [tensor, pad] : folded_)
    if (!pad.used)
      file_.damaged(
          concat("nothing reads the padded tensor '", graph_.tensors[static_cast<std::size_t>(tensor)].name, "'"));
}

}  // namespace espalier::exporting::tflite
