// Network files that are read without LibTorch.
#pragma once
#include <string>

#include "importing/network.h"

namespace espalier::importing {

/// An ONNX file. `input`: the extents of one sample, without the batch axis; empty where the file says them itself.
/// Throws Error(mistake) with everything that cannot be imported, and for other files.
ImportedNetwork import_network(const std::string& path, const graph::Shape& input, const graph::Operators& operators);

/// By its extension.
bool is_torchscript_name(const std::string& path);
bool is_onnx_name(const std::string& path);

}  // namespace espalier::importing
