// The C export of a run: written as a folder, and compiled and run to see whether it does what the twin does.
#pragma once
#include <optional>
#include <string>

#include "base/json.h"
#include "deployment/run_folder.h"
#include "deployment/student.h"
#include "exporting/c/writer.h"
#include "integer/program.h"
#include "reporting/summary.h"

namespace espalier::deployment {

/// A front end for sound as C computes it; nothing where `front_end` (Dataset::front_end) is none.
std::optional<exporting::c::AudioFrontEnd> audio_front_end(const Json& front_end);

/// Writes folder.c(), whole or not at all, with the first samples of folder.golden(). `front_end`: Dataset::front_end;
/// features that no C front end computes are left to the user. `streaming`: what the run measured of continuous sound,
/// whose detector then travels along. The artifact's bytes are those of all files, its hash is that of the lines
/// "<path> <hash>".
reporting::Artifact write_c_folder(const integer::Program& program, const std::string& name, const Json& front_end,
                                   const std::optional<reporting::Streaming>& streaming, const RunFolder& folder);

/// Compiles the folder by this machine's C compiler and runs every golden sample, and some layer by layer beside the
/// twin where `student` has a program; not_run without a compiler. Fills the artifact's cost on a Cortex-M4 where
/// arm-none-eabi-gcc is installed.
reporting::Verification read_back_c(const Student& student, const RunFolder& folder, reporting::Artifact& artifact);

}  // namespace espalier::deployment
