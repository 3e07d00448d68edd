// A Network whose weights are tensors that train.
#pragma once
#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <vector>

#include "compression/model.h"
#include "graph/network.h"

namespace espalier::nn {

/// Structure, parameters (leaves with gradients), buffers (running statistics), masks and encodings.
struct LiveNetwork {
  graph::Network structure;  ///< its weights, masks and encodings are empty: they live below
  std::map<std::string, at::Tensor> parameters, buffers;
  std::map<std::string, at::Tensor> masks;  ///< bool, of the parameter's shape
  std::map<std::string, compression::Encoding> encodings;

  /// Parameter or buffer. Throws Error(failed) when absent.
  at::Tensor tensor(const std::string& name) const;
};

/// From host buffers; four-dimensional weights are stored channels last. Throws as graph::check_weights.
LiveNetwork bring_to_life(const graph::Network& network, bool trainable = true);

/// Back to host buffers. `prefix_of` maps a parameter to the tensor to read in its place (an average), or leaves it.
graph::Network capture(const LiveNetwork& live, const std::map<std::string, at::Tensor>& in_place_of = {});

/// The same, ready to be folded and lowered: weights with an encoding are replaced by their fake-quantized values, so
/// that what was trained is what is exported.
graph::Network freeze(const LiveNetwork& live, const std::map<std::string, at::Tensor>& in_place_of = {});

at::Tensor to_tensor(const graph::Tensor& host);
graph::Tensor to_host(const at::Tensor& tensor);
graph::Encoding to_host(const compression::Encoding& encoding);
compression::Encoding to_tensors(const graph::Encoding& encoding);

/// Fake quantization of a weight by its encoding, straight through; symmetric (zero point 0) where it has codes.
at::Tensor quantize_weight(const at::Tensor& weight, const compression::Encoding& encoding);

}  // namespace espalier::nn
