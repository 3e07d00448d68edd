// The nodes of a file that its output needs, in an order in which they can run.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "importing/onnx/model.h"

namespace espalier::importing::onnx {

/// Who makes a value and how many read it, of the nodes that the output needs.
struct Links {
  std::unordered_map<std::string_view, std::size_t> maker;        ///< node, by its place in the file
  std::unordered_map<std::string_view, std::size_t> initializer;  ///< by its place in the file
  std::unordered_map<std::string_view, std::size_t> readers;      ///< how many; the network's output counts as one
  std::vector<std::size_t> order;                                 ///< nodes; a maker before its readers
};

/// Adds a Problem for values that two make, names that nobody could want (empty, or longer than 512 bytes) and circles;
/// the order is not whole then. Takes time in proportion to the file (times a logarithm).
Links link(const Model& model, const std::string& origin, std::vector<Problem>& problems);

}  // namespace espalier::importing::onnx
