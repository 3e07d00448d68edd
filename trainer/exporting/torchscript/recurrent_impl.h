// LSTM and GRU as TorchScript says them. Private to writer.cpp.
#pragma once
#include <ATen/core/ivalue.h>

#include <functional>
#include <string>

#include "graph/network.h"

namespace espalier::exporting::torchscript {

/// How the source says a tensor of the layer, by its slot; "None" where there is none.
using SlotExpression = std::function<std::string(const char* slot)>;

/// An expression: the layer's output, of the value called `x`. With `parameter("packed")`, its weights are int8 and
/// what they multiply is quantized at run time.
std::string recurrent_expression(const graph::Network& network, const graph::Node& node, const std::string& x,
                                 const SlotExpression& parameter);

/// The list of packed weights, one a direction, that aten::quantized_lstm and aten::quantized_gru take: int8,
/// symmetric, one scale a row; activations of 7 bits, so that no engine saturates.
c10::IValue pack_recurrent(const graph::Network& network, const graph::Node& node);

}  // namespace espalier::exporting::torchscript
