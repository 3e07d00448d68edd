// found.h and found.c of the C export: from a detector's int8 output to boxes or points.
#pragma once
#include <string>

#include "exporting/c/writer.h"

namespace espalier::exporting::c {

struct FoundSource {
  std::string header, source;  ///< found.h, found.c; empty for a model that is no detector
};

/// Throws Error(failed) when the decoding does not fit the program's output.
FoundSource found_source(const integer::Program& program, const Options& options);

}  // namespace espalier::exporting::c
