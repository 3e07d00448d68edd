// Networks that were made elsewhere: the file's kind decides who reads it.
#pragma once
#include <string>
#include <vector>

#include "graph/network.h"

namespace espalier::pipeline {

struct ImportedNetwork {
  graph::Network network;          ///< with the file's weights
  std::vector<std::string> notes;  ///< what differs from the file, for the user
};

/// A TorchScript file (.pt, .pth, .ts) or an ONNX file (.onnx). `input`: the extents of one sample, as the network in
/// the file takes them, without the batch axis; empty for an ONNX file that says them itself. Throws Error(mistake)
/// with everything that cannot be imported.
ImportedNetwork import_network(const std::string& path, const graph::Shape& input, const graph::Operators& operators);

/// By its extension.
bool is_torchscript_name(const std::string& path);
bool is_onnx_name(const std::string& path);

}  // namespace espalier::pipeline
