// What a file's nodes are called as layers.
#pragma once
#include <string>

#include "importing/onnx/arguments.h"

namespace espalier::importing::onnx {

/// "layer1.0.conv1", from the weight "layer1.0.conv1.weight", from the module that PyTorch's exporter writes into a
/// node's name, "/layer1/layer1.0/conv1/Conv", or from a plain name; "" where none says more than the operator.
std::string layer_name(const Arguments& arguments);

}  // namespace espalier::importing::onnx
