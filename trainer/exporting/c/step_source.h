// One instruction of a program as C: its constants and the function that runs it.
#pragma once
#include <cstddef>
#include <string>

#include "integer/arena.h"
#include "integer/program.h"
#include "integer/weight_encoding.h"

namespace espalier::exporting::c {

struct StepSource {
  std::string constants;  ///< static arrays and structures, all const; may be empty
  std::string body;       ///< statements of `static espalier_status step<index>(int8_t* arena)`
};

/// Instruction `index` as the kernels of device_runtime run it, with the constants of the twin (integer/constants.h) in
/// fixed point. `plan`: of plan_arena with the same encodings; `encoding`: of its weights.
StepSource step_source(const integer::Program& program, const integer::ArenaPlan& plan,
                       const integer::WeightEncoding& encoding, std::size_t index);

}  // namespace espalier::exporting::c
