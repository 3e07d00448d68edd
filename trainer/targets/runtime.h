// What runs an exported file on a device, and what it can run.
#pragma once
#include <string>
#include <vector>

#include "integer/program.h"

namespace espalier::targets {

struct Runtime {
  std::string name;                  ///< "tflm", as target files name it
  std::string title;                 ///< "TFLite Micro, reference kernels"
  std::vector<std::string> exports;  ///< words of the recipe's `export:` that it takes
  bool integer = true;  ///< computes in int8; otherwise in floats, and the integer program says nothing of it
};

/// Every runtime that a target file may name.
const std::vector<Runtime>& runtimes();
/// Null where unknown.
const Runtime* find_runtime(const std::string& name);
/// "CONV_2D", …: every instruction that a program may have, in the order of integer::Instruction.
std::vector<std::string> operators();

}  // namespace espalier::targets
