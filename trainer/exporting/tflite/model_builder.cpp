#include "exporting/tflite/model_builder_impl.h"

#include <algorithm>
#include <bit>

#include "base/text.h"

namespace espalier::exporting::tflite {
namespace {

constexpr std::uint32_t schema_version = 3;

template <class T>
std::span<const std::uint8_t> raw(std::span<const T> values) {
  static_assert(std::endian::native == std::endian::little, "the file format is little endian");
  return {reinterpret_cast<const std::uint8_t*>(values.data()), values.size_bytes()};
}

std::unique_ptr<wire::QuantizationParametersT> quantization(std::vector<float> scales, std::int64_t zero_point,
                                                            std::int32_t axis) {
  auto parameters = std::make_unique<wire::QuantizationParametersT>();
  parameters->zero_point.assign(scales.size(), zero_point);
  parameters->scale = std::move(scales);
  parameters->quantized_dimension = axis;
  return parameters;
}

}  // namespace

std::vector<std::int32_t> batched(const integer::Shape& shape) {
  std::vector<std::int32_t> all{1};
  for (const auto size : shape) all.push_back(static_cast<std::int32_t>(size));
  return all;
}

ModelBuilder::ModelBuilder(const integer::Program& program) : program_(program) {
  model_.version = schema_version;
  model_.subgraphs.push_back(std::make_unique<wire::SubGraphT>());
  graph_ = model_.subgraphs.back().get();
  graph_->name = program.name;
  graph_->inputs = {program.input};
  graph_->outputs = {program.output};
  add_buffer({});  // runtimes read buffer 0 as "no data": every activation points at it
  for (const auto& activation : program.activations) add_activation(activation);
}

std::uint32_t ModelBuilder::add_buffer(std::span<const std::uint8_t> bytes) {
  model_.buffers.push_back(std::make_unique<wire::BufferT>());
  model_.buffers.back()->data.assign(bytes.begin(), bytes.end());
  return static_cast<std::uint32_t>(model_.buffers.size() - 1);
}

TensorIndex ModelBuilder::add_activation(const integer::Activation& activation) {
  auto tensor = std::make_unique<wire::TensorT>();
  tensor->name = activation.name;
  tensor->shape = batched(activation.shape);
  tensor->type = wire::TensorType_INT8;
  tensor->quantization = quantization({activation.scale}, activation.zero_point, 0);
  graph_->tensors.push_back(std::move(tensor));
  ++activations_;
  return static_cast<TensorIndex>(graph_->tensors.size() - 1);
}

TensorIndex ModelBuilder::add_constant(const std::string& name, const std::vector<std::int32_t>& shape,
                                       wire::TensorType type, std::span<const std::uint8_t> bytes,
                                       const ConstantEncoding& encoding) {
  auto tensor = std::make_unique<wire::TensorT>();
  tensor->name = name;
  tensor->shape = shape;
  tensor->type = type;
  tensor->buffer = add_buffer(bytes);
  if (!encoding.scales.empty())
    tensor->quantization = quantization(encoding.scales, encoding.zero_point, encoding.axis);
  graph_->tensors.push_back(std::move(tensor));
  return static_cast<TensorIndex>(graph_->tensors.size() - 1);
}

TensorIndex ModelBuilder::add_int8(const std::string& name, const std::vector<std::int32_t>& shape,
                                   std::span<const std::int8_t> values, const ConstantEncoding& encoding) {
  return add_constant(name, shape, wire::TensorType_INT8, raw(values), encoding);
}

TensorIndex ModelBuilder::add_int32(const std::string& name, const std::vector<std::int32_t>& shape,
                                    std::span<const std::int32_t> values, const ConstantEncoding& encoding) {
  return add_constant(name, shape, wire::TensorType_INT32, raw(values), encoding);
}

std::uint32_t ModelBuilder::operator_code(wire::Operation operation, std::int32_t version) {
  const auto [place, is_new] =
      codes_.try_emplace({operation, version}, static_cast<std::uint32_t>(model_.operator_codes.size()));
  if (is_new) {
    auto code = std::make_unique<wire::OperatorCodeT>();
    // Old runtimes read the byte, new ones the larger of both fields.
    code->deprecated_builtin_code = static_cast<std::int8_t>(std::min<std::int32_t>(operation, 127));
    code->builtin_code = operation;
    code->version = version;
    model_.operator_codes.push_back(std::move(code));
  }
  return place->second;
}

void ModelBuilder::add_operator(wire::Operation operation, std::int32_t version, std::int32_t release,
                                std::vector<TensorIndex> inputs, TensorIndex output, wire::OptionsUnion options) {
  auto added = std::make_unique<wire::OperatorT>();
  added->opcode_index = operator_code(operation, version);
  added->inputs = std::move(inputs);
  added->outputs = {output};
  added->options = std::move(options);
  graph_->operators.push_back(std::move(added));
  release_ = std::max(release_, release);
}

void ModelBuilder::add_metadata(const std::string& name, std::span<const std::uint8_t> content) {
  auto entry = std::make_unique<wire::MetadataT>();
  entry->name = name;
  entry->buffer = add_buffer(content);
  model_.metadata.push_back(std::move(entry));
}

std::string ModelBuilder::min_runtime_version() const { return concat(release_ / 1000, ".", release_ % 1000, ".0"); }

std::vector<std::uint8_t> ModelBuilder::finish(const std::string& description) {
  model_.description = description;
  flatbuffers::FlatBufferBuilder bytes;
  bytes.Finish(wire::Model::Pack(bytes, &model_), wire::ModelIdentifier());
  return {bytes.GetBufferPointer(), bytes.GetBufferPointer() + bytes.GetSize()};
}

}  // namespace espalier::exporting::tflite
