// ONNX files written field by field, sound and unsound ones alike. Field numbers: onnx/onnx.proto, IR version 8+.
#pragma once
#include <cstdint>
#include <protozero/pbf_writer.hpp>
#include <string>
#include <utility>
#include <vector>

namespace espalier::testing {

using Extents = std::vector<std::int64_t>;
using Names = std::vector<std::string>;

/// A TensorProto of any type with raw_data, whatever it says.
inline std::string raw_tensor(const std::string& name, int type, const Extents& dims, const std::string& raw) {
  std::string bytes;
  protozero::pbf_writer tensor(bytes);
  tensor.add_packed_int64(1, dims.begin(), dims.end());
  tensor.add_int32(2, type);
  tensor.add_string(8, name);
  tensor.add_bytes(9, raw);
  return bytes;
}
template <class Element>
std::string raw_tensor(const std::string& name, int type, const Extents& dims, const std::vector<Element>& numbers) {
  return raw_tensor(name, type, dims,
                    std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Element)));
}
inline std::string float_tensor(const std::string& name, const Extents& dims, const std::vector<float>& numbers) {
  return raw_tensor(name, 1, dims, numbers);
}
inline std::string int64_tensor(const std::string& name, const Extents& dims,
                                const std::vector<std::int64_t>& numbers) {
  return raw_tensor(name, 7, dims, numbers);
}
/// Of numbers in a file of their own.
inline std::string external_tensor(const std::string& name, const Extents& dims,
                                   const std::vector<std::pair<std::string, std::string>>& where) {
  std::string bytes;
  protozero::pbf_writer tensor(bytes);
  tensor.add_packed_int64(1, dims.begin(), dims.end());
  tensor.add_int32(2, 1);
  tensor.add_string(8, name);
  for (const auto& [key, value] : where) {
    protozero::pbf_writer entry(tensor, 13);
    entry.add_string(1, key);
    entry.add_string(2, value);
  }
  tensor.add_int32(14, 1);
  return bytes;
}

/// An AttributeProto with what `fill` writes.
template <class Fill>
std::string attribute(const std::string& name, const Fill& fill) {
  std::string bytes;
  protozero::pbf_writer writer(bytes);
  writer.add_string(1, name);
  fill(writer);
  return bytes;
}
inline std::string real(const std::string& name, float number) {
  return attribute(name, [&](auto& writer) { writer.add_float(2, number); });
}
inline std::string whole(const std::string& name, std::int64_t number) {
  return attribute(name, [&](auto& writer) { writer.add_int64(3, number); });
}
inline std::string text(const std::string& name, const std::string& value) {
  return attribute(name, [&](auto& writer) { writer.add_string(4, value); });
}
inline std::string tensor(const std::string& name, const std::string& value) {
  return attribute(name, [&](auto& writer) { writer.add_message(5, value); });
}
inline std::string subgraph(const std::string& name) {
  return attribute(name, [&](auto& writer) { writer.add_message(6, std::string()); });
}
/// Unpacked, as Python's protobuf writes them.
inline std::string list(const std::string& name, const Extents& numbers) {
  return attribute(name, [&](auto& writer) {
    for (const auto number : numbers) writer.add_int64(8, number);
  });
}

class OnnxFile {
 public:
  /// -1: an extent without a number.
  OnnxFile& input(const std::string& name, const Extents& extents, int type = 1) {
    std::string bytes;
    {
      protozero::pbf_writer value(bytes);
      value.add_string(1, name);
      protozero::pbf_writer kind(value, 2);
      protozero::pbf_writer tensor(kind, 1);
      tensor.add_int32(1, type);
      protozero::pbf_writer shape(tensor, 2);
      for (const auto extent : extents) {
        protozero::pbf_writer dimension(shape, 1);
        if (extent == -1)
          dimension.add_string(2, "any");
        else
          dimension.add_int64(1, extent);
      }
    }
    graph().add_message(11, bytes);
    return *this;
  }
  OnnxFile& output(const std::string& name) {
    auto whole = graph();
    protozero::pbf_writer value(whole, 12);
    value.add_string(1, name);
    return *this;
  }
  OnnxFile& node(const std::string& op, const Names& inputs, const Names& outputs,
                 const std::vector<std::string>& attributes = {}, const std::string& name = "",
                 const std::string& domain = "") {
    auto whole = graph();
    protozero::pbf_writer node(whole, 1);
    for (const auto& value : inputs) node.add_string(1, value);
    for (const auto& value : outputs) node.add_string(2, value);
    if (!name.empty()) node.add_string(3, name);
    node.add_string(4, op);
    for (const auto& one : attributes) node.add_message(5, one);
    if (!domain.empty()) node.add_string(7, domain);
    return *this;
  }
  OnnxFile& initializer(const std::string& tensor) {
    graph().add_message(5, tensor);
    return *this;
  }

  std::string bytes(std::int64_t opset = 17) const {
    std::string bytes;
    protozero::pbf_writer model(bytes);
    model.add_int64(1, 8);
    model.add_message(7, written_);
    protozero::pbf_writer set(model, 8);
    set.add_string(1, "");
    set.add_int64(2, opset);
    return bytes;
  }

 private:
  protozero::pbf_writer graph() { return protozero::pbf_writer(written_); }

  std::string written_;
};

}  // namespace espalier::testing
