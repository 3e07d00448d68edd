// Operators of a .tflite file as instructions of a Program. Private to the reader.
#pragma once
#include <string_view>

#include "exporting/tflite/operator_context.h"

namespace espalier::exporting::tflite {

/// Throws Error(mistake) for an operator that a Program cannot hold.
integer::Instruction read_instruction(OperatorContext& context, const StoredOperator& stored);

/// "CONV_2D", or "operator 77" for one that the reader does not know.
std::string name_of(Code code);

}  // namespace espalier::exporting::tflite
