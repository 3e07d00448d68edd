// A float network as ONNX: opset 17, every operator one that ONNX Runtime fuses and quantizes by itself.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "graph/network.h"

namespace espalier::exporting::onnx {

/// What a .onnx file says about itself besides the graph.
struct Metadata {
  std::string description;
  std::vector<std::string> labels;
  std::string front_end;  ///< JSON of the feature specification, or empty
};

/// The bytes of model.onnx: input [N, channels, height, width] float32 under the name of the network's input layer,
/// output logits [N, classes]. Batch norm is folded, dropout is left out, masks are in the weights; initializers have
/// the names of Espalier's tensors. Throws Error(mistake) with the layer's place for an operator without a form.
/// Source: onnx/docs/Operators.md of ONNX 1.23.
std::vector<std::uint8_t> write(const graph::Network& network, const Metadata& metadata);

/// Operators that are neither written nor refused with a reason: a contract test wants none.
std::vector<std::string> onnx_holes(const graph::Operators& operators);

}  // namespace espalier::exporting::onnx
