#include "exporting/tflite/graph_reader.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace espalier::exporting::tflite {
namespace {

constexpr std::int64_t largest_size = std::int64_t{1} << 24;
constexpr std::int64_t largest_tensor = std::int64_t{1} << 28;

// Slots of the tables, from the format's schema.
enum ModelSlot { model_version, model_codes, model_graphs, model_description, model_buffers };
enum GraphSlot { graph_tensors, graph_inputs, graph_outputs, graph_operators, graph_name };
enum TensorSlot {
  tensor_shape,
  tensor_type,
  tensor_buffer,
  tensor_name,
  tensor_quantization,
  tensor_is_variable,
  tensor_sparsity
};
enum QuantizationSlot {
  quantization_scale = 2,
  quantization_zero_point = 3,
  quantization_details = 5,
  quantization_axis = 6
};
enum CodeSlot { code_old, code_custom, code_version, code_new };
enum OperatorSlot { operator_code, operator_inputs, operator_outputs, operator_options_type, operator_options };
enum BufferSlot { buffer_data, buffer_offset };

std::int64_t width_of(ElementType type) {
  switch (type) {
    case ElementType::int8:
      return 1;
    case ElementType::int64:
      return 8;
    case ElementType::int32:
    case ElementType::float32:
      return 4;
  }
  return 0;
}

void check_quantization(const FlatbufferFile& file, const StoredTensor& tensor) {
  if (tensor.scales.size() != tensor.zero_points.size())
    file.damaged(concat("tensor '", tensor.name, "' has ", tensor.scales.size(), " scales and ",
                        tensor.zero_points.size(), " zero points"));
  for (const auto scale : tensor.scales)
    if (!std::isfinite(scale) || scale <= 0) file.damaged(concat("tensor '", tensor.name, "' has the scale ", scale));
  const auto rank = static_cast<std::int32_t>(tensor.shape.size());
  if (tensor.scales.size() <= 1) return;
  if (tensor.axis < 0 || tensor.axis >= rank ||
      tensor.shape[static_cast<std::size_t>(tensor.axis)] != static_cast<std::int64_t>(tensor.scales.size()))
    file.damaged(
        concat("tensor '", tensor.name, "' has ", tensor.scales.size(), " scales, which fit no axis ", tensor.axis));
}

void check_shape(const FlatbufferFile& file, const StoredTensor& tensor) {
  std::int64_t elements = 1;
  for (const auto size : tensor.shape) {
    if (size < 1 || size > largest_size) file.damaged(concat("tensor '", tensor.name, "' has the size ", size));
    elements *= size;
    if (elements > largest_tensor)
      file.damaged(concat("tensor '", tensor.name, "' has more than ", largest_tensor, " elements"));
  }
  if (tensor.is_constant() && static_cast<std::int64_t>(tensor.data.size()) != elements * width_of(tensor.type))
    file.damaged(
        concat("tensor '", tensor.name, "' has ", tensor.data.size(), " bytes of data for ", elements, " elements"));
}

ElementType read_type(const FlatbufferFile& file, const Table& table, const std::string& name) {
  const auto type = static_cast<ElementType>(table.scalar<std::int8_t>(tensor_type, 0));
  if (width_of(type) == 0)
    file.damaged(
        concat("tensor '", name, "' has the element type ", static_cast<int>(type), ", which is not supported"));
  return type;
}

StoredTensor read_tensor(const FlatbufferFile& file, const Table& table, const std::vector<Table>& buffers) {
  StoredTensor tensor;
  file.spend(sizeof(StoredTensor));
  tensor.name = table.text(tensor_name);
  tensor.shape = table.values<std::int32_t>(tensor_shape);
  tensor.type = read_type(file, table, tensor.name);
  tensor.data = read_buffer(file, buffers, table.scalar<std::uint32_t>(tensor_buffer, 0));
  if (table.has(tensor_sparsity))
    file.damaged(concat("tensor '", tensor.name, "' is stored sparse, which is not supported"));
  if (const auto quantization = table.table(tensor_quantization)) {
    if (quantization->has(quantization_details))
      file.damaged(concat("tensor '", tensor.name, "' has a custom quantization"));
    tensor.scales = quantization->values<float>(quantization_scale);
    tensor.zero_points = quantization->values<std::int64_t>(quantization_zero_point);
    tensor.axis = quantization->scalar<std::int32_t>(quantization_axis, 0);
  }
  check_shape(file, tensor);
  check_quantization(file, tensor);
  return tensor;
}

void check_indices(const FlatbufferFile& file, const std::vector<std::int32_t>& indices, std::size_t tensors,
                   std::int32_t least) {
  for (const auto index : indices)
    if (index < least || index >= static_cast<std::int64_t>(tensors))
      file.damaged(concat("it refers to tensor ", index, " of ", tensors));
}

StoredOperator read_operator(const FlatbufferFile& file, const Table& table, const std::vector<Table>& codes,
                             std::size_t tensors) {
  StoredOperator stored;
  file.spend(sizeof(StoredOperator));
  const auto index = table.scalar<std::uint32_t>(operator_code, 0);
  if (index >= codes.size()) file.damaged(concat("it refers to operator code ", index, " of ", codes.size()));
  const auto& code = codes[index];
  stored.code = static_cast<Code>(
      std::max<std::int32_t>(code.scalar<std::int32_t>(code_new, 0), code.scalar<std::int8_t>(code_old, 0)));
  stored.inputs = table.values<std::int32_t>(operator_inputs);
  stored.outputs = table.values<std::int32_t>(operator_outputs);
  stored.options = table.table(operator_options);
  check_indices(file, stored.inputs, tensors, -1);
  check_indices(file, stored.outputs, tensors, 0);
  if (stored.outputs.size() != 1) file.damaged(concat("an operator has ", stored.outputs.size(), " outputs"));
  return stored;
}

std::int32_t only(const FlatbufferFile& file, const std::vector<std::int32_t>& indices, std::size_t tensors,
                  const char* what) {
  if (indices.size() != 1) file.damaged(concat("it has ", indices.size(), " ", what, "; one is supported"));
  check_indices(file, indices, tensors, 0);
  return indices.front();
}

}  // namespace

std::int64_t StoredTensor::elements() const {
  std::int64_t all = 1;
  for (const auto size : shape) all *= size;
  return all;
}

std::span<const std::uint8_t> read_buffer(const FlatbufferFile& file, const std::vector<Table>& buffers,
                                          std::uint32_t index) {
  if (index >= buffers.size()) file.damaged(concat("it refers to buffer ", index, " of ", buffers.size()));
  if (buffers[index].scalar<std::uint64_t>(buffer_offset, 0) > 1)
    file.damaged("it keeps data outside of the FlatBuffer");
  return buffers[index].bytes(buffer_data);
}

StoredGraph read_graph(const FlatbufferFile& file, const Table& model) {
  constexpr std::uint32_t known_version = 3;
  const auto version = model.scalar<std::uint32_t>(model_version, 0);
  if (version != known_version) file.damaged(concat("it has schema version ", version, ", not ", known_version));
  const auto graphs = model.tables(model_graphs);
  if (graphs.size() != 1) file.damaged(concat("it has ", graphs.size(), " subgraphs; one is supported"));
  const auto buffers = model.tables(model_buffers);
  const auto codes = model.tables(model_codes);
  StoredGraph graph;
  graph.name = graphs[0].text(graph_name);
  for (const auto& table : graphs[0].tables(graph_tensors)) graph.tensors.push_back(read_tensor(file, table, buffers));
  for (const auto& table : graphs[0].tables(graph_operators))
    graph.operators.push_back(read_operator(file, table, codes, graph.tensors.size()));
  graph.input = only(file, graphs[0].values<std::int32_t>(graph_inputs), graph.tensors.size(), "inputs");
  graph.output = only(file, graphs[0].values<std::int32_t>(graph_outputs), graph.tensors.size(), "outputs");
  return graph;
}

}  // namespace espalier::exporting::tflite
