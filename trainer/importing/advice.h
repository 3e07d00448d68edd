// What to write instead of operators that have no counterpart here.
#pragma once
#include <string>
#include <string_view>

namespace espalier::importing {

/// `operation` as ONNX or PyTorch calls it, "LeakyRelu" or "aten::leaky_relu_": "has no operator here; write relu". Of
/// one that nothing replaces: "has no operator here".
std::string no_operator(std::string_view operation);

}  // namespace espalier::importing
