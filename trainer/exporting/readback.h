// Does what was read back from a file say what was written?
#pragma once
#include <string>
#include <vector>

#include "integer/program.h"

namespace espalier::exporting {

/// One line for each difference, tensor by tensor: names, shapes, scales (to the bit), zero points, instructions with
/// windows, weights, weight scales and biases (the first differing index and how many), input, output, labels. Empty:
/// the same program. Padding that no window position reaches does not count, since formats have no place for it. The
/// program's own name is left out.
std::vector<std::string> compare(const integer::Program& expected, const integer::Program& found);

}  // namespace espalier::exporting
