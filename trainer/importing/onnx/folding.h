// Nodes whose inputs are constants: what exporters write to compute sizes, paddings and weights.
#pragma once
#include <map>
#include <string>

#include "importing/onnx/arguments.h"

namespace espalier::importing::onnx {

/// All inputs are constants, but for Shape, which asks for extents only. Throws Unreadable. Computes integers (of at
/// most 4096 elements) by addition, subtraction, multiplication and division, and moves elements of any type.
using Fold = Constant (*)(const Arguments&, ExternalFiles&);

/// By op_type.
const std::map<std::string, Fold, std::less<>>& folds();

/// The elements that an operation on layout would take, as numbers of a row-major tensor.
Constant taken(const Constant& from, Shape shape, const std::vector<std::size_t>& elements);

}  // namespace espalier::importing::onnx
