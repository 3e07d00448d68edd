// A float network as TorchScript: source text compiled by LibTorch's own front end, weights as parameters.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "graph/network.h"

namespace espalier::exporting::torchscript {

/// The bytes of model.pt: forward(x: [N, channels, height, width] float32) -> logits. Batch norm is folded first; masks
/// are in the weights; encodings are left out (this is the float model). `labels` and `front_end` (JSON) travel as
/// attributes. Parameters have the names of Espalier's layers and tensors ("stem.weight"), in nested modules.
std::vector<std::uint8_t> write(const graph::Network& network, const std::vector<std::string>& labels,
                                const std::string& front_end);

/// The same with post-training dynamic quantization of its linear layers (quantized::linear_dynamic) and its recurrent
/// ones (aten::quantized_lstm, aten::quantized_gru): weights int8 per channel, symmetric, activations quantized at run
/// time by their own range. No twin: what it computes depends on the engine that loads it. Throws Error(mistake) for a
/// network with neither.
std::vector<std::uint8_t> write_dynamic(const graph::Network& network, const std::vector<std::string>& labels,
                                        const std::string& front_end);

/// Operators that are neither written nor refused with a reason: a contract test wants none.
std::vector<std::string> torchscript_holes(const graph::Operators& operators);

}  // namespace espalier::exporting::torchscript
