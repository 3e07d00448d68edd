#include "cli/inspected_onnx.h"

#include <algorithm>
#include <cstdio>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "importing/onnx/tensor.h"
#include "reporting/text_table.h"

namespace espalier::cli {
namespace {

using importing::onnx::Constant;
using importing::onnx::DataType;

std::int64_t bytes_of(DataType type) {
  switch (type) {
    case DataType::int8:
    case DataType::uint8:
    case DataType::boolean:
      return 1;
    case DataType::float16:
    case DataType::bfloat16:
    case DataType::int16:
    case DataType::uint16:
      return 2;
    case DataType::int64:
    case DataType::uint64:
    case DataType::float64:
      return 8;
    default:
      return 4;
  }
}

bool quantizes_as_it_computes(const importing::onnx::Model& model) {
  return std::any_of(model.nodes.begin(), model.nodes.end(), [](const auto& node) {
    const auto kind = node.kind();
    return kind == "DynamicQuantizeLinear" || kind == "com.microsoft.DynamicQuantizeLSTM";
  });
}

void print_constants(const importing::onnx::Model& model) {
  using enum reporting::TextTable::Align;
  reporting::TextTable table({{"constant"}, {"type"}, {"shape"}, {"bytes", right}});
  importing::onnx::ExternalFiles none("");
  std::int64_t total = 0;
  for (const auto& initializer : model.initializers) {
    const auto constant = importing::onnx::decode(initializer.tensor, none);
    const auto bytes = static_cast<std::int64_t>(constant.count()) * bytes_of(constant.type);
    total += bytes;
    table.row({importing::onnx::shown(initializer.name), importing::onnx::name_of(constant.type),
               join(constant.shape, "x"), grouped_text(bytes)});
  }
  table.row({"total", "", "", grouped_text(total)});
  std::fputs(table.text(120).c_str(), stdout);
}

void print_operators(const importing::onnx::Model& model) {
  std::map<std::string, int> counts;
  for (const auto& node : model.nodes) ++counts[node.kind()];
  std::vector<std::string> kinds;
  for (const auto& [kind, count] : counts) kinds.push_back(concat(count, " ", kind));
  std::printf("\noperators: %s\n", join(kinds, ", ").c_str());
}

}  // namespace

bool inspect_dynamic_onnx(const std::string& path) {
  const auto bytes = read_text(path);
  const auto model = importing::onnx::parse(bytes, path);
  if (!quantizes_as_it_computes(model)) return false;
  std::printf("weights as below, what they are multiplied with quantized as it comes; no twin\n\n");
  try {
    print_constants(model);
  } catch (const importing::onnx::Unreadable& damage) {
    mistake(path, damage.text);
  }
  print_operators(model);
  for (const auto& [key, text] : model.metadata)
    std::printf("%s: %s\n", importing::onnx::shown(key).c_str(), importing::onnx::shown(text).c_str());
  return true;
}

}  // namespace espalier::cli
