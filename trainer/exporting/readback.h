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

/// The same program with its activations in the order in which they are written, the input first: the order that
/// formats have which know values by their names.
integer::Program numbered_as_written(const integer::Program& program);

}  // namespace espalier::exporting
