// What each of ONNX's operators means as a step.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "importing/draft.h"
#include "importing/onnx/arguments.h"

namespace espalier::importing::onnx {

/// Throws Unreadable. The step's inputs are the node's activations, in their order.
using Rule = Operation (*)(const Arguments&);

/// By op_type of the standard domain, opset 13 and later. Source: onnx/docs/Operators.md.
const std::map<std::string, Rule, std::less<>>& rules();

/// LSTM and GRU: all states [time, directions, 1, hidden], or the last ones [directions, 1, hidden].
bool is_recurrent(std::string_view op_type);
Recurrence recurrence(const Arguments& a, bool last);

}  // namespace espalier::importing::onnx
