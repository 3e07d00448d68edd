// model.h and model.c of the C export.
#pragma once
#include <cstdint>
#include <string>

#include "integer/arena.h"
#include "integer/program.h"
#include "integer/weight_encoding.h"

namespace espalier::exporting::c {

struct ModelSource {
  std::string header, source, labels;  ///< model.h, model.c, labels.c
};

/// How a program is laid out in a device's memory.
struct Layout {
  std::vector<integer::WeightEncoding> encodings;  ///< per instruction
  integer::ArenaPlan plan;
  std::int64_t arena_bytes = 0;       ///< at least plan.bytes
  std::int64_t front_end_offset = 0;  ///< where in the arena a front end works while it writes the input
};

ModelSource model_source(const integer::Program& program, const Layout& layout, const std::string& name);

/// "25x5x64 int8, real = 0.1 * (q + 128)".
std::string describe(const integer::Activation& activation);

}  // namespace espalier::exporting::c
