// A network as data: nodes in topological order, weights, and what compression has achieved on them.
#pragma once
#include <any>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "graph/operator.h"
#include "graph/tensor.h"

namespace espalier::graph {

struct Node {
  std::string name;  ///< also the name of its output activation
  std::shared_ptr<const Operator> op;
  std::any attributes;
  std::vector<std::string> inputs;
  Shape shape;  ///< of the output, without the batch axis; set by infer_shapes
  schema::Origin origin;

  /// Null when the attributes are of another operator: `if (auto* conv = node.as<Conv2d>())`.
  template <class Attributes>
  const Attributes* as() const {
    return std::any_cast<Attributes>(&attributes);
  }
  bool is(const char* key) const { return op->key == key; }
};

/// Affine integer encoding: real = scale * (q - zero_point), q in [low, high]. One value, or one for each slice along
/// `axis`.
struct Encoding {
  std::vector<float> scale;
  std::vector<std::int32_t> zero_point;
  std::int32_t low = -128, high = 127;
  int axis = -1;
  /// Where not empty: the only values that q takes (a codebook), ascending, 0 among them.
  std::vector<std::int32_t> codes;
  /// With codes, one for each slice along `axis`, 1 or -1: a slice of -1 takes the negated codes, and takes the
  /// codebook's own once a negative batch-norm factor is folded into it. Empty: all 1.
  std::vector<std::int32_t> signs;
  bool operator==(const Encoding&) const = default;
};

struct Network {
  std::string name;
  std::vector<Node> nodes;                    ///< nodes.front() is the input, nodes.back() the output
  std::map<std::string, Tensor> weights;      ///< "stem.weight" -> values; channels first as in PyTorch
  std::map<std::string, Tensor> masks;        ///< weight -> uint8 of its shape, 1 keeps
  std::map<std::string, Encoding> encodings;  ///< of weights and of activations (by node)

  const Node& node(const std::string& name) const;  ///< throws Error(failed) when absent
  const Node* find(const std::string& name) const;
  std::vector<const Node*> consumers(const std::string& name) const;
  const Shape& input_shape() const { return nodes.front().shape; }
  const Shape& output_shape() const { return nodes.back().shape; }
  std::vector<Shape> input_shapes(const Node& node) const;
  std::vector<Slot> slots(const Node& node) const;
};

/// Sets every node's shape. Throws Error(mistake) with all places where the nodes do not fit together.
void infer_shapes(Network& network);

/// Throws Error(failed) naming the tensor when a weight is missing, superfluous or of another shape than its slot.
void check_weights(const Network& network);

/// The tensor's elements, row-major, those that are masked as zero.
std::vector<float> masked_floats(const Network& network, const std::string& tensor);

struct Cost {
  std::int64_t macs = 0;        ///< of one sample
  std::int64_t parameters = 0;  ///< what inference needs: batch norm counts as its folded bias
  std::int64_t nonzero_parameters = 0;
  std::int64_t largest_activation = 0;  ///< elements of the largest output
};
/// Of one node, and of all. Masked weights count as zero. Weights may be absent: then nonzero_parameters is parameters.
Cost cost_of(const Network& network, const Node& node);
Cost cost_of(const Network& network);

/// Random weights by the counter RNG: He-normal for convolution and linear (fan in), 0 bias, 1 gamma, 0 beta, 0 mean, 1
/// variance; all of a recurrent layer evenly within 1 / sqrt(hidden) of 0.
void initialize(Network& network, std::uint64_t seed);

}  // namespace espalier::graph
