// In which order independent instructions run.
#pragma once
#include "integer/program.h"

namespace espalier::integer {

/// The same instructions in an order whose arena is smallest; where no order beats the given one, the program as it is.
/// What depends on what stays, so every activation keeps its bytes. Every order is tried where there are at most 720;
/// otherwise the order of least bytes alive at once is found by dynamic programming over what has been executed
/// (Liberis and Lane, "Neural networks on microcontrollers: saving memory at inference via operator reordering", 2019,
/// arXiv:1910.05110), and programs with too many such states keep their order.
Program reordered(Program program);

}  // namespace espalier::integer
