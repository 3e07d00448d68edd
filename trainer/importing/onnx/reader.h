// ONNX files as drafts: float networks, and int8 ones in the QDQ format (QuantizeLinear, DequantizeLinear).
#pragma once
#include <map>
#include <string>
#include <vector>

#include "importing/draft.h"
#include "importing/onnx/tensor.h"

namespace espalier::importing::onnx {

struct Imported {
  Draft draft;
  /// Of activations that the file quantizes, by their names in the draft as it was read. Weights behind a
  /// DequantizeLinear are floats in the draft.
  std::map<std::string, Encoding> encodings;
  /// Quantizers that do what a ReLU would: they are clamps in the draft.
  std::size_t saturations = 0;
};

/// A model of opset 13 or later with one input and one output. `input_shape`, without the batch axis: what the file
/// leaves open; empty where it leaves nothing open; where both say an extent they must agree. An open batch is 1. Nodes
/// may stand in any order; those that the output does not need are not read. Takes time and memory in proportion to the
/// file (and the files beside it that hold its tensors), whatever it declares.
/// Throws Error(mistake) with everything that has no step, each with its node and with what to write instead.
Imported read(const std::string& path, const Shape& input_shape);
/// The same for a file in memory; `folder` is where tensors in files of their own lie, `origin` is named in errors.
Imported read(std::string_view bytes, const std::string& folder, const std::string& origin, const Shape& input_shape);

/// "12 activations carry encodings (int8)", "2 quantizers end at 0 and are read as ReLUs".
std::vector<std::string> notes_of(const Imported& imported);

}  // namespace espalier::importing::onnx
