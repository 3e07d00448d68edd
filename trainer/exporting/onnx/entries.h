// What travels in every ONNX file besides the graph.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "exporting/onnx/writer.h"

namespace espalier::exporting::onnx {

/// (key, text) pairs of ModelProto.metadata_props.
std::vector<std::pair<std::string, std::string>> entries_of(const Metadata& metadata);

}  // namespace espalier::exporting::onnx
