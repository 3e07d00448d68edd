#include "importing/onnx/layer_names.h"

#include "base/text.h"

namespace espalier::importing::onnx {
namespace {

/// Up to ".weight", also where a quantizer wrote something behind it ("fc.weight_quantized").
std::string of_weight(const std::string& tensor) {
  static const std::string mark = ".weight";
  const auto at = tensor.rfind(mark);
  if (at == std::string::npos || at == 0) return "";
  const auto behind = at + mark.size();
  return behind == tensor.size() || tensor[behind] == '_' ? tensor.substr(0, at) : "";
}

/// A member of a Sequential is written with its whole path: "layer1/layer1.0" is layer1.0. A name without a path is the
/// layer's own ("stem"), but for those that exporters count out ("Conv_12", "node_relu_3").
std::string of_node(std::string_view node, std::string_view op_type) {
  auto parts = split(node, '/');
  if (parts.size() == 1 && (starts_with(node, op_type) || starts_with(node, "node_"))) return "";
  if (parts.size() > 1) parts.pop_back();  // the operator
  std::string path, last;
  for (const auto& part : parts) {
    if (part.empty()) continue;
    const bool extends = !last.empty() && starts_with(part, last + ".");
    path += concat(path.empty() ? "" : ".", extends ? part.substr(last.size() + 1) : part);
    last = part;
  }
  return path;
}

}  // namespace

std::string layer_name(const Arguments& arguments) {
  for (std::size_t i = 1; i < arguments.count(); ++i)
    if (arguments.is_constant(i))
      if (auto name = of_weight(arguments.constant(i).name); !name.empty()) return name;
  return of_node(arguments.node().name.substr(0, 512), arguments.node().op_type);
}

}  // namespace espalier::importing::onnx
