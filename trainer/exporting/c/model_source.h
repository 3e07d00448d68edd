// model.h and model.c of the C export.
#pragma once
#include <cstdint>
#include <string>

#include "integer/arena.h"
#include "integer/program.h"

namespace espalier::exporting::c {

struct ModelSource {
  std::string header, source, labels;  ///< model.h, model.c, labels.c
};

/// `arena_bytes`: at least plan.bytes.
ModelSource model_source(const integer::Program& program, const integer::ArenaPlan& plan, std::int64_t arena_bytes,
                         const std::string& name);

/// "25x5x64 int8, real = 0.1 * (q + 128)".
std::string describe(const integer::Activation& activation);

}  // namespace espalier::exporting::c
