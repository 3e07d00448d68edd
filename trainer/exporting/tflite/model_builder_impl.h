// Collects tensors, buffers and operators of one TFLite subgraph. Private to the writer: it shows flatc's types.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "integer/program.h"
#include "tflite_subset_generated.h"

namespace espalier::exporting::tflite {

/// Index of a tensor in the subgraph.
using TensorIndex = std::int32_t;

/// Scales of a constant and the zero point of all of them. More than one scale runs along `axis`.
struct ConstantEncoding {
  std::vector<float> scales;
  std::int32_t axis = 0;
  std::int32_t zero_point = 0;
};

class ModelBuilder {
 public:
  explicit ModelBuilder(const integer::Program& program);

  const integer::Program& program() const { return program_; }
  const integer::Activation& activation(integer::Id id) const {
    return program_.activations[static_cast<std::size_t>(id)];
  }

  TensorIndex add_activation(const integer::Activation& activation);
  TensorIndex add_int8(const std::string& name, const std::vector<std::int32_t>& shape,
                       std::span<const std::int8_t> values, const ConstantEncoding& encoding);
  TensorIndex add_int32(const std::string& name, const std::vector<std::int32_t>& shape,
                        std::span<const std::int32_t> values, const ConstantEncoding& encoding = {});

  /// `version` is the operator's, `release` the first TFLite release that has it as major * 1000 + minor.
  void add_operator(wire::Operation operation, std::int32_t version, std::int32_t release,
                    std::vector<TensorIndex> inputs, TensorIndex output, wire::OptionsUnion options);
  void add_metadata(const std::string& name, std::span<const std::uint8_t> content);

  std::size_t tensors() const { return graph_->tensors.size(); }
  std::size_t activations() const { return activations_; }
  /// Highest release that was asked for, "1.14.0".
  std::string min_runtime_version() const;
  std::vector<std::uint8_t> finish(const std::string& description);

 private:
  std::uint32_t add_buffer(std::span<const std::uint8_t> bytes);
  TensorIndex add_constant(const std::string& name, const std::vector<std::int32_t>& shape, wire::TensorType type,
                           std::span<const std::uint8_t> bytes, const ConstantEncoding& encoding);
  std::uint32_t operator_code(wire::Operation operation, std::int32_t version);

  const integer::Program& program_;
  wire::ModelT model_;
  wire::SubGraphT* graph_ = nullptr;
  std::map<std::pair<std::int32_t, std::int32_t>, std::uint32_t> codes_;
  std::int32_t release_ = 1005;
  std::size_t activations_ = 0;
};

/// {1, shape…}: every tensor has a batch axis of one.
std::vector<std::int32_t> batched(const integer::Shape& shape);

}  // namespace espalier::exporting::tflite
