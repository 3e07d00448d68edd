// Networks that were made elsewhere: the file's kind decides who reads it.
#pragma once
#include <string>

#include "importing/network_file.h"

namespace espalier::pipeline {

using importing::ImportedNetwork;
using importing::is_onnx_name;
using importing::is_torchscript_name;

/// A TorchScript file (.pt, .pth, .ts) or an ONNX file (.onnx). `input`: the extents of one sample, as the network in
/// the file takes them, without the batch axis; empty for an ONNX file that says them itself. Throws Error(mistake)
/// with everything that cannot be imported.
ImportedNetwork import_network(const std::string& path, const graph::Shape& input, const graph::Operators& operators);

}  // namespace espalier::pipeline
