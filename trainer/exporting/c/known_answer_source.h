// known_answer.h and known_answer.c of the C export: does the device compute what the twin computed?
#pragma once
#include <string>

#include "exporting/c/writer.h"

namespace espalier::exporting::c {

struct KnownAnswerSource {
  std::string header, source;
};

/// The first golden samples, at most eight and about 16 KiB of inputs, and a test of the front end where there is one.
/// Throws Error(failed) when the golden samples have other sizes than the program's.
KnownAnswerSource known_answer_source(const integer::Program& program, const Options& options);

}  // namespace espalier::exporting::c
