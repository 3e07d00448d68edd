// Network with encodings -> integer Program. Everything was decided before: lowering only divides and rounds.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/network.h"
#include "integer/program.h"

namespace espalier::integer {

/// Needs batch norm folded and dropout removed (passes/rewrite.h), an encoding for every layer's output and for every
/// convolution and linear weight. Weights must lie on their grid; bias is rounded to input scale * weight scale.
/// Layouts change to channels last; the columns of a linear layer behind `flatten` are permuted accordingly. A tensor
/// that two encoding groups read gets a Requantize. Independent branches run in the order of the smallest arena
/// (order.h). Padding that TFLite cannot express as SAME or VALID becomes a Pad. Throws Error(mistake) with the node's
/// origin for an operator that has no integer form, Error(failed) when an accumulator or a requantization multiplier
/// could leave its range. The result has passed check().
Program lower(const graph::Network& network);

/// By layer, why it has no integer form; empty when all can be lowered.
std::map<std::string, std::string> objections(const graph::Network& network);
/// The same with the place of each in its file (for `trainer check`), in the network's order.
std::vector<Problem> unsupported(const graph::Network& network);

/// Operators that lowering neither handles nor refuses with a reason: a contract test wants none.
std::vector<std::string> lowering_holes(const graph::Operators& operators);

}  // namespace espalier::integer
