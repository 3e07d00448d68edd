// A network before its training, as the integer program that it will become: what it takes is known, what it answers
// is not.
#pragma once
#include "graph/network.h"
#include "integer/program.h"

namespace espalier::targets {

/// Lowers the network with weights that stand for trained ones (codes without a pattern, zero where masked, so that no
/// encoding finds anything to save but what the masks promise) and one scale everywhere. Shapes, bytes of constants,
/// arena and MACs are those of the trained model, but for Requantizes, which appear where activations turn out to need
/// encodings that differ. Throws as integer::lower.
integer::Program planned_program(const graph::Network& network);

}  // namespace espalier::targets
