#include "exporting/onnx/graph_builder.h"

#include <bit>
#include <protozero/pbf_writer.hpp>

#include "exporting/onnx/message.h"

namespace espalier::exporting::onnx {
namespace {

using protozero::pbf_writer;
static_assert(std::endian::native == std::endian::little, "raw_data is little endian");

void write_value(pbf_writer& attribute, std::int64_t value) {
  attribute.add_int64(attribute_field::i, value);
  attribute.add_int32(attribute_field::type, attribute_field::type_int);
}
void write_value(pbf_writer& attribute, float value) {
  attribute.add_float(attribute_field::f, value);
  attribute.add_int32(attribute_field::type, attribute_field::type_float);
}
void write_value(pbf_writer& attribute, const std::vector<std::int64_t>& values) {
  for (const auto value : values) attribute.add_int64(attribute_field::ints, value);
  attribute.add_int32(attribute_field::type, attribute_field::type_ints);
}

void write_value(pbf_writer& attribute, const std::string& text) {
  attribute.add_bytes(attribute_field::s, text);
  attribute.add_int32(attribute_field::type, attribute_field::type_string);
}
void write_value(pbf_writer& attribute, const Subgraph& graph) {
  attribute.add_message(attribute_field::g, graph.bytes);
  attribute.add_int32(attribute_field::type, attribute_field::type_graph);
}

template <class Value>
void write_tensor(pbf_writer graph, const std::string& name, int type, const graph::Shape& shape,
                  const std::vector<Value>& values) {
  pbf_writer tensor(graph, graph_field::initializer);
  for (const auto extent : shape) tensor.add_int64(tensor_field::dims, extent);
  tensor.add_int32(tensor_field::data_type, type);
  tensor.add_string(tensor_field::name, name);
  tensor.add_bytes(tensor_field::raw_data, reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Value));
}

void write_end(pbf_writer graph, int field, const std::pair<std::string, graph::Shape>& end) {
  pbf_writer value(graph, field);
  value.add_string(value_field::name, end.first);
  pbf_writer type(value, value_field::type);
  pbf_writer tensor(type, value_field::tensor_type);
  tensor.add_int32(value_field::elem_type, tensor_field::type_float);
  pbf_writer shape(tensor, value_field::shape);
  pbf_writer(shape, value_field::dim).add_string(value_field::dim_param, "N");
  for (const auto extent : end.second) pbf_writer(shape, value_field::dim).add_int64(value_field::dim_value, extent);
}

}  // namespace

void GraphBuilder::node(const std::string& op_type, const std::string& name, const std::vector<std::string>& inputs,
                        const std::vector<Attribute>& attributes) {
  this->node(op_type, name, inputs, attributes, {name});
}

void GraphBuilder::node(const std::string& op_type, const std::string& name, const std::vector<std::string>& inputs,
                        const std::vector<Attribute>& attributes, const std::vector<std::string>& outputs,
                        const std::string& domain) {
  pbf_writer graph(nodes_);
  pbf_writer node(graph, graph_field::node);
  for (const auto& input : inputs) node.add_string(node_field::input, input);
  for (const auto& output : outputs) node.add_string(node_field::output, output);
  node.add_string(node_field::name, name);
  node.add_string(node_field::op_type, op_type);
  for (const auto& attribute : attributes) {
    pbf_writer message(node, node_field::attribute);
    message.add_string(attribute_field::name, attribute.name);
    std::visit([&](const auto& value) { write_value(message, value); }, attribute.value);
  }
  if (!domain.empty()) node.add_string(node_field::domain, domain);
  for_onnxruntime_ |= domain == onnxruntime_domain;
}

std::string GraphBuilder::initializer(const std::string& name, const graph::Shape& shape,
                                      const std::vector<float>& values) {
  write_tensor(pbf_writer(initializers_), name, tensor_field::type_float, shape, values);
  return name;
}
std::string GraphBuilder::initializer(const std::string& name, const graph::Shape& shape,
                                      const std::vector<std::int8_t>& values) {
  write_tensor(pbf_writer(initializers_), name, tensor_field::type_int8, shape, values);
  return name;
}
std::string GraphBuilder::initializer(const std::string& name, const graph::Shape& shape,
                                      const std::vector<std::uint8_t>& values) {
  write_tensor(pbf_writer(initializers_), name, tensor_field::type_uint8, shape, values);
  return name;
}
std::string GraphBuilder::initializer(const std::string& name, const graph::Shape& shape,
                                      const std::vector<std::int32_t>& values) {
  write_tensor(pbf_writer(initializers_), name, tensor_field::type_int32, shape, values);
  return name;
}
std::string GraphBuilder::initializer(const std::string& name, const std::vector<std::int64_t>& values) {
  write_tensor(pbf_writer(initializers_), name, tensor_field::type_int64, {static_cast<std::int64_t>(values.size())},
               values);
  return name;
}

std::string GraphBuilder::finish(const std::string& name, const End& input, const End& output) const {
  return finish(name, std::vector{input}, std::vector{output});
}

std::string GraphBuilder::finish(const std::string& name, const std::vector<End>& inputs,
                                 const std::vector<End>& outputs) const {
  std::string graph = nodes_;
  pbf_writer writer(graph);
  writer.add_string(graph_field::name, name);
  graph += initializers_;
  for (const auto& input : inputs) write_end(pbf_writer(graph), graph_field::input, input);
  for (const auto& output : outputs) write_end(pbf_writer(graph), graph_field::output, output);
  return graph;
}

std::vector<std::uint8_t> model_bytes(const std::string& graph, std::int64_t opset, const std::string& description,
                                      const std::vector<std::pair<std::string, std::string>>& metadata,
                                      bool for_onnxruntime) {
  std::string bytes;
  pbf_writer model(bytes);
  model.add_int64(model_field::ir_version, 8);
  model.add_string(model_field::producer_name, "Espalier");
  model.add_string(model_field::doc_string, description);
  model.add_message(model_field::graph, graph);
  {
    pbf_writer version(model, model_field::opset_import);
    version.add_string(opset_field::domain, "");
    version.add_int64(opset_field::version, opset);
  }
  if (for_onnxruntime) {
    pbf_writer version(model, model_field::opset_import);
    version.add_string(opset_field::domain, onnxruntime_domain);
    version.add_int64(opset_field::version, 1);
  }
  for (const auto& [key, value] : metadata) {
    pbf_writer entry(model, model_field::metadata);
    entry.add_string(entry_field::key, key);
    entry.add_string(entry_field::value, value);
  }
  return {bytes.begin(), bytes.end()};
}

}  // namespace espalier::exporting::onnx
