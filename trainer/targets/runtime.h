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
  integer::Arithmetic arithmetic = integer::Arithmetic::tflm;  ///< the one that its integers are exact in
};

/// Every runtime that a target file may name.
const std::vector<Runtime>& runtimes();
/// Null where unknown.
const Runtime* find_runtime(const std::string& name);
/// The arithmetic whose bytes an export of that name computes; null for one that computes in floats, or is unknown.
const integer::Arithmetic* arithmetic_of_export(const std::string& format);
/// "CONV_2D", …: every instruction that a program may have, in the order of integer::Instruction.
std::vector<std::string> operators();

}  // namespace espalier::targets
