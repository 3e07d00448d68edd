// An instruction made ready to run: its constants derived, its kernel and its places in the arena chosen.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "integer/arena.h"
#include "integer/program.h"

namespace espalier::integer {

/// Runs one instruction of one sample inside its arena. Safe to call from several threads with an arena each.
using Step = std::function<void(std::int8_t* arena)>;

/// One step per instruction, in order. The steps refer to the program's weights: it must outlive them, unmoved.
/// The program must have passed check().
std::vector<Step> make_steps(const Program& program, const ArenaPlan& plan, Arithmetic arithmetic);

}  // namespace espalier::integer
