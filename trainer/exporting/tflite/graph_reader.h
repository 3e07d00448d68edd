// The tables of a .tflite file as plain structures, each checked for its own sense. Private to the reader.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "exporting/tflite/flatbuffer_walker.h"

namespace espalier::exporting::tflite {

/// Numbers of the format that the reader needs to know.
enum class ElementType : std::int8_t { float32 = 0, int32 = 2, int64 = 4, int8 = 9 };
enum class Code : std::int32_t {
  add = 0,
  average_pool = 1,
  concatenation = 2,
  convolution = 3,
  depthwise_convolution = 4,
  fully_connected = 9,
  logistic = 14,
  max_pool = 17,
  mul = 18,
  reshape = 22,
  softmax = 25,
  pad = 34,
  mean = 40,
  pad_with_value = 60,
  quantize = 114,
  hard_swish = 117
};

struct StoredTensor {
  std::string name;
  std::vector<std::int32_t> shape;  ///< with the batch axis; every size in [1, 2^24], at most 2^28 elements
  ElementType type = ElementType::float32;
  std::span<const std::uint8_t> data;  ///< empty for activations; else exactly what shape and type need
  std::vector<float> scales;           ///< positive and finite
  std::vector<std::int64_t> zero_points;
  std::int32_t axis = 0;

  bool is_constant() const { return !data.empty(); }
  std::int64_t elements() const;
};

struct StoredOperator {
  Code code = Code::add;
  std::vector<std::int32_t> inputs, outputs;  ///< inputs: -1 for one that is left out; all others are tensors
  std::optional<Table> options;
};

struct StoredGraph {
  std::string name;
  std::vector<StoredTensor> tensors;
  std::vector<StoredOperator> operators;
  std::int32_t input = 0, output = 0;
};

/// `model` is the root table.
StoredGraph read_graph(const FlatbufferFile& file, const Table& model);
std::span<const std::uint8_t> read_buffer(const FlatbufferFile& file, const std::vector<Table>& buffers,
                                          std::uint32_t index);

}  // namespace espalier::exporting::tflite
