// What a dynamically quantized ONNX file holds of a network's linear and recurrent layers. Parsed by the importer;
// shares nothing with the writer.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "graph/network.h"

namespace espalier::exporting::onnx {

/// One line for each linear or recurrent layer of `network` (batch norm folded) whose integers do not stand for its
/// weights, each within half a step of its output channel's scale, or whose bias is another. Empty: the file is the
/// network's. Throws Error(mistake) with `origin` for damage.
std::vector<std::string> compare_dynamic(std::span<const std::uint8_t> bytes, const std::string& origin,
                                         const graph::Network& network);

}  // namespace espalier::exporting::onnx
